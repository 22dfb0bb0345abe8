// Test support: KMSs without sockets, for both sides alike: each answers a message at once, with bytes
// masked instead of encrypted. What a real one checks is checked elsewhere; this proves equal questions.
import {
  bytes,
  decode,
  enumeration,
  find,
  integer,
  numberOf,
  structure,
  text,
  type TtlvItem,
} from '../../kms/ttlv.ts';
import { Tag } from '../../kms/kmip-messages.ts';
import type { ReceivedRequest } from '../../testing/kms-endpoint.ts';
import type { Message } from './converse.ts';

const mask = (data: Uint8Array): Buffer => Buffer.from(data.map((byte) => byte ^ 0x5a));

/** The parts of an HTTP message; header names in lower case. */
export function parseHttp(message: Buffer): ReceivedRequest {
  const [head = '', body = ''] = message.toString('latin1').split('\r\n\r\n');
  const [requestLine = '', ...lines] = head.split('\r\n');
  const [method = '', path = ''] = requestLine.split(' ');
  const headers = lines.map((line) => {
    const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
    return [name.toLowerCase(), value];
  });
  return { method, path, body, headers: Object.fromEntries(headers) as Record<string, string> };
}

function httpReply(status: number, reply: object): Buffer {
  const body = JSON.stringify(reply);
  const head = `HTTP/1.1 ${status} Status\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  return Buffer.from(`${head}\r\n\r\n${body}`);
}

function turn(value: unknown, encoding: 'base64' | 'base64url'): string {
  return mask(Buffer.from(String(value), encoding)).toString(encoding);
}

function answerHttp(message: Buffer): Buffer {
  const { path, headers, body } = parseHttp(message);
  if (/\/token$/.test(path)) {
    return httpReply(200, { access_token: 'token', expires_in: 3599, token_type: 'Bearer' });
  }
  const fields = JSON.parse(body) as Record<string, string>;
  const target = headers['x-amz-target'];
  if (target === 'TrentService.Encrypt') {
    return httpReply(200, { CiphertextBlob: turn(fields['Plaintext'], 'base64'), KeyId: 'k' });
  }
  if (target === 'TrentService.Decrypt') {
    return httpReply(200, { Plaintext: turn(fields['CiphertextBlob'], 'base64'), KeyId: 'k' });
  }
  if (/wrapkey/.test(path)) return httpReply(200, { value: turn(fields['value'], 'base64url') });
  const { plaintext, ciphertext } = fields;
  if (plaintext !== undefined) {
    return httpReply(200, { name: 'k', ciphertext: turn(plaintext, 'base64') });
  }
  return httpReply(200, { plaintext: turn(ciphertext, 'base64') });
}

const Operation = {
  create: 1,
  register: 3,
  get: 0x0a,
  activate: 0x12,
  encrypt: 0x1f,
  decrypt: 0x20,
};
const identifier = 'secret 1';

function valueOf(item: TtlvItem | undefined): Buffer {
  if (!item) throw new TypeError('Expected an item');
  return item.value;
}

/** One KMIP server, with one object on it. */
function kmipServer(): (message: Buffer) => Buffer {
  let secret = Buffer.alloc(96, 3);
  return (message) => {
    const batchItem = find(decode(message), Tag.batchItem);
    const request = batchItem && find(batchItem, Tag.requestPayload);
    const operation = numberOf(batchItem && find(batchItem, Tag.operation));
    if (!request || operation === undefined) throw new TypeError('Expected a KMIP request');
    const named = text(Tag.uniqueIdentifier, identifier);
    const data = () => bytes(Tag.data, mask(valueOf(find(request, Tag.data))));
    const payload: Buffer[] = [];
    if (operation === Operation.register) {
      const path = [Tag.secretData, Tag.keyBlock, Tag.keyValue, Tag.keyMaterial];
      secret = Buffer.from(valueOf(find(request, ...path)));
    }
    if (operation === Operation.get) payload.push(enumeration(Tag.objectType, 7), named, object());
    else payload.push(named);
    if (operation === Operation.encrypt) payload.push(data(), bytes(Tag.ivCounterNonce, iv));
    if (operation === Operation.decrypt) payload.push(data());
    return respond(operation, payload);
  };
  function object(): Buffer {
    const keyValue = structure(Tag.keyValue, bytes(Tag.keyMaterial, secret));
    const keyBlock = structure(Tag.keyBlock, enumeration(Tag.keyFormatType, 2), keyValue);
    return structure(Tag.secretData, enumeration(Tag.secretDataType, 2), keyBlock);
  }
}
const iv = Buffer.alloc(16, 1);

function respond(operation: number, payload: readonly Buffer[]): Buffer {
  const version = structure(
    Tag.protocolVersion,
    integer(Tag.protocolVersionMajor, 1),
    integer(Tag.protocolVersionMinor, 0),
  );
  const responseHeader = 0x42007a;
  return structure(
    Tag.responseMessage,
    structure(responseHeader, version, integer(Tag.batchCount, 1)),
    structure(
      Tag.batchItem,
      enumeration(Tag.operation, operation),
      enumeration(Tag.resultStatus, 0),
      structure(Tag.responsePayload, ...payload),
    ),
  );
}

/** All KMSs in one. Made anew, a KMIP server has a secret of its own. */
export function fakeKms(): (message: Message) => Buffer {
  const answerKmip = kmipServer();
  return ({ provider, bytes: message }) =>
    provider.startsWith('kmip') ? answerKmip(message) : answerHttp(message);
}
