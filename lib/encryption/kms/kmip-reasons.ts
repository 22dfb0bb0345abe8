// Layer kms: the names of KMIP's result reasons (KMIP 1.2 §9.1.3.2.29), for errors.

const names: ReadonlyMap<number, string> = new Map([
  [0x01, 'Item Not Found'],
  [0x02, 'Response Too Large'],
  [0x03, 'Authentication Not Successful'],
  [0x04, 'Invalid Message'],
  [0x05, 'Operation Not Supported'],
  [0x06, 'Missing Data'],
  [0x07, 'Invalid Field'],
  [0x08, 'Feature Not Supported'],
  [0x09, 'Operation Canceled By Requester'],
  [0x0a, 'Cryptographic Failure'],
  [0x0b, 'Illegal Operation'],
  [0x0c, 'Permission Denied'],
  [0x0d, 'Object Archived'],
  [0x0e, 'Index Out of Bounds'],
  [0x0f, 'Application Namespace Not Supported'],
  [0x10, 'Key Format Type Not Supported'],
  [0x11, 'Key Compression Type Not Supported'],
  [0x12, 'Encoding Option Error'],
  [0x13, 'Key Value Not Present'],
  [0x14, 'Attestation Required'],
  [0x15, 'Attestation Failed'],
  [0x100, 'General Failure'],
]);

/** `Item Not Found`; a reason of a newer KMIP is unknown here. */
export function reasonName(reason: number): string {
  return names.get(reason) ?? 'unknown';
}
