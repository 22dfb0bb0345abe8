// Layer kms: the KMIP requests that CSFLE needs, and the one shape of their answers (KMIP 1.0, for
// Encrypt and Decrypt 1.2). Knows neither data keys nor master keys.
import { KmsError } from '../errors.ts';
import { reasonName } from './kmip-reasons.ts';
import type { Conversation, KmsRequest } from './provider.ts';
import {
  boolean,
  bytes,
  decode,
  enumeration,
  find,
  integer,
  maxTtlvLength,
  numberOf,
  structure,
  text,
  ttlvHeaderLength,
  TtlvType,
  type TtlvItem,
} from './ttlv.ts';

/** Tags, KMIP 1.2 §9.1.3.1. */
export const Tag = {
  attribute: 0x420008,
  attributeName: 0x42000a,
  attributeValue: 0x42000b,
  batchCount: 0x42000d,
  batchItem: 0x42000f,
  blockCipherMode: 0x420011,
  cryptographicAlgorithm: 0x420028,
  cryptographicParameters: 0x42002b,
  ivCounterNonce: 0x42003d,
  keyBlock: 0x420040,
  keyFormatType: 0x420042,
  keyMaterial: 0x420043,
  keyValue: 0x420045,
  objectType: 0x420057,
  operation: 0x42005c,
  paddingMethod: 0x42005f,
  protocolVersion: 0x420069,
  protocolVersionMajor: 0x42006a,
  protocolVersionMinor: 0x42006b,
  requestHeader: 0x420077,
  requestMessage: 0x420078,
  requestPayload: 0x420079,
  responseMessage: 0x42007b,
  responsePayload: 0x42007c,
  resultMessage: 0x42007d,
  resultReason: 0x42007e,
  resultStatus: 0x42007f,
  secretData: 0x420085,
  secretDataType: 0x420086,
  symmetricKey: 0x42008f,
  templateAttribute: 0x420091,
  uniqueIdentifier: 0x420094,
  data: 0x4200c2,
  randomIv: 0x4200c5,
} as const;

const Operation = {
  create: 1,
  register: 3,
  get: 0x0a,
  getAttributes: 0x0b,
  activate: 0x12,
  encrypt: 0x1f,
  decrypt: 0x20,
};
const ObjectType = { symmetricKey: 2, secretData: 7 };
const aes = 3;
const success = 0;

function message(minor: number, operation: number, payload: Buffer): Buffer {
  return structure(
    Tag.requestMessage,
    structure(
      Tag.requestHeader,
      structure(
        Tag.protocolVersion,
        integer(Tag.protocolVersionMajor, 1),
        integer(Tag.protocolVersionMinor, minor),
      ),
      integer(Tag.batchCount, 1),
    ),
    structure(Tag.batchItem, enumeration(Tag.operation, operation), payload),
  );
}

function attribute(name: string, encode: (tag: number) => Buffer): Buffer {
  return structure(Tag.attribute, text(Tag.attributeName, name), encode(Tag.attributeValue));
}

/** Stores 96 random bytes as Secret Data: LMC calls its type Seed and its format Opaque. */
export function registerSecret(material: Uint8Array): Buffer {
  const payload = structure(
    Tag.requestPayload,
    enumeration(Tag.objectType, ObjectType.secretData),
    structure(
      Tag.templateAttribute,
      attribute('Cryptographic Usage Mask', (tag) => integer(tag, 0)),
    ),
    structure(
      Tag.secretData,
      enumeration(Tag.secretDataType, 2),
      structure(
        Tag.keyBlock,
        enumeration(Tag.keyFormatType, 2),
        structure(Tag.keyValue, bytes(Tag.keyMaterial, material)),
      ),
    ),
  );
  return message(0, Operation.register, payload);
}

/** Makes an AES-256 key that never leaves the server; usage mask 12 is Encrypt and Decrypt. */
export function createKey(): Buffer {
  const payload = structure(
    Tag.requestPayload,
    enumeration(Tag.objectType, ObjectType.symmetricKey),
    structure(
      Tag.templateAttribute,
      attribute('Cryptographic Algorithm', (tag) => enumeration(tag, aes)),
      attribute('Cryptographic Length', (tag) => integer(tag, 256)),
      attribute('Cryptographic Usage Mask', (tag) => integer(tag, 12)),
    ),
  );
  return message(2, Operation.create, payload);
}

export function activate(identifier: string): Buffer {
  const payload = structure(Tag.requestPayload, text(Tag.uniqueIdentifier, identifier));
  return message(0, Operation.activate, payload);
}

export function get(identifier: string): Buffer {
  const payload = structure(Tag.requestPayload, text(Tag.uniqueIdentifier, identifier));
  return message(0, Operation.get, payload);
}

/** KMIP 1.2 §9.1.3.2.18. */
const STATES = [
  'unknown',
  'Pre-Active',
  'Active',
  'Deactivated',
  'Compromised',
  'Destroyed',
  'Destroyed Compromised',
];

/** The state in the answer to `getAttribute(id, 'State')`, in the specification's words; `unknown` for any other answer. */
export function readKeyState(payload: TtlvItem): string {
  return STATES[numberOf(find(payload, Tag.attribute, Tag.attributeValue)) ?? 0] ?? 'unknown';
}

/** Asks for one attribute, such as `State`. */
export function getAttribute(identifier: string, name: string): Buffer {
  const payload = structure(
    Tag.requestPayload,
    text(Tag.uniqueIdentifier, identifier),
    text(Tag.attributeName, name),
  );
  return message(0, Operation.getAttributes, payload);
}

/** CBC with PKCS5 padding; the server draws the IV. */
function parameters(...more: Buffer[]): Buffer {
  return structure(
    Tag.cryptographicParameters,
    enumeration(Tag.blockCipherMode, 1),
    enumeration(Tag.paddingMethod, 3),
    enumeration(Tag.cryptographicAlgorithm, aes),
    ...more,
  );
}

export function encrypt(identifier: string, plaintext: Uint8Array): Buffer {
  const payload = structure(
    Tag.requestPayload,
    text(Tag.uniqueIdentifier, identifier),
    parameters(boolean(Tag.randomIv, true)),
    bytes(Tag.data, plaintext),
  );
  return message(2, Operation.encrypt, payload);
}

export function decrypt(identifier: string, ciphertext: Uint8Array, iv: Uint8Array): Buffer {
  const payload = structure(
    Tag.requestPayload,
    text(Tag.uniqueIdentifier, identifier),
    parameters(),
    bytes(Tag.data, ciphertext),
    bytes(Tag.ivCounterNonce, iv),
  );
  return message(2, Operation.decrypt, payload);
}

class KmipExchange implements KmsRequest {
  /** Grows by doubling; the first `#received` bytes are used. */
  #bytes = Buffer.alloc(1024);
  #received = 0;
  #failed = false;
  readonly message: Buffer;
  readonly kmsProvider: string;
  readonly endpoint: string;
  readonly uSleep = 0;
  readonly status = { type: 0, code: 0 };

  constructor(provider: string, endpoint: string, request: Buffer) {
    this.kmsProvider = provider;
    this.endpoint = endpoint;
    this.message = request;
  }

  addResponse(response: Uint8Array): void {
    if (this.bytesNeeded === 0) return;
    // What comes after the message is not a part of it.
    const more = response.subarray(0, ttlvHeaderLength + maxTtlvLength - this.#received);
    this.#reserve(this.#received + more.byteLength);
    this.#bytes.set(more, this.#received);
    this.#received += more.byteLength;
    const isMessage = this.#received < 3 || this.#bytes.readUIntBE(0, 3) === Tag.responseMessage;
    if (!isMessage || this.#length() > maxTtlvLength) this.#failed = true;
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    const grown = Buffer.alloc(Math.max(length, this.#bytes.length * 2));
    this.#bytes.copy(grown);
    this.#bytes.fill(0);
    this.#bytes = grown;
  }

  fail(): boolean {
    return false;
  }

  /** First the header, which states the length; then the rest. */
  get bytesNeeded(): number {
    return this.#failed ? 0 : Math.max(0, this.#length() - this.#received);
  }

  #length(): number {
    if (this.#received < ttlvHeaderLength) return ttlvHeaderLength;
    return ttlvHeaderLength + this.#bytes.readUInt32BE(4);
  }

  result(): TtlvItem {
    if (this.#failed || this.bytesNeeded > 0) {
      throw new KmsError('response', `Expected a KMIP response from \`${this.kmsProvider}\``);
    }
    return decode(this.#bytes.subarray(0, this.#length()));
  }
}

/** Sends one request; the payload of the answer. Throws `KmsError` with what the server said. */
export function* ask(provider: string, endpoint: string, request: Buffer): Conversation<TtlvItem> {
  const exchange = new KmipExchange(provider, endpoint, request);
  yield exchange;
  const response = exchange.result();
  const batchItem = find(response, Tag.batchItem);
  const status = numberOf(batchItem && find(batchItem, Tag.resultStatus));
  if (!batchItem || status === undefined) {
    throw new KmsError('response', `Expected a KMIP result from \`${provider}\``);
  }
  if (status !== success) throw failure(provider, batchItem);
  const payload = find(batchItem, Tag.responsePayload);
  if (!payload) throw new KmsError('response', `Expected a KMIP payload from \`${provider}\``);
  return payload;
}

function failure(provider: string, batchItem: TtlvItem): KmsError {
  const reason = numberOf(find(batchItem, Tag.resultReason));
  const said = find(batchItem, Tag.resultMessage)?.value.toString('utf8') ?? '';
  const words = said.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 300);
  const name = reason === undefined ? 'none' : `${String(reason)} (${reasonName(reason)})`;
  const message = `KMS provider \`${provider}\` refused with KMIP reason ${name}`;
  return new KmsError('status', words === '' ? message : `${message}: ${words}`);
}

/** The unique identifier in a payload. Throws `KmsError` (`response`). */
export function requireIdentifier(payload: TtlvItem, provider: string): string {
  const item = find(payload, Tag.uniqueIdentifier);
  if (item?.type !== TtlvType.textString || item.value.length === 0) {
    throw new KmsError('response', `Expected a unique identifier in the answer of \`${provider}\``);
  }
  return item.value.toString('utf8');
}

/** Bytes at a path in a payload, taken out of it: they may be a key. Throws `KmsError` (`response`). */
export function requireBytes(payload: TtlvItem, provider: string, ...path: number[]): Buffer {
  const item = find(payload, ...path);
  // Empty bytes are no key and no ciphertext: stored, they would be a lost key.
  if (item?.type !== TtlvType.byteString || item.value.length === 0) {
    throw new KmsError('response', `Expected key or data bytes in the answer of \`${provider}\``);
  }
  const taken = Buffer.from(item.value);
  item.value.fill(0);
  return taken;
}
