// Wire layer: the messages of MongoDB's wire protocol that this server speaks: OP_MSG, and the legacy OP_QUERY
// with OP_REPLY for the first hello. Documents stay bytes here; what a command means is not known.
import { WireError } from '../errors.ts';
import { crc32c } from './crc32c.ts';
import { HEADER_BYTES } from './frames.ts';

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

/** Wire protocol, "OP_MSG", flagBits: unknown bits of the lower half must be refused, the upper half ignored. */
const FLAG = { checksumPresent: 1, moreToCome: 2, exhaustAllowed: 1 << 16 } as const;
const REQUIRED_FLAGS = 0xffff;

/** A request as it came. */
export interface WireRequest {
  requestId: number;
  /** The command document. */
  body: Uint8Array;
  /** Document sequences (section kind 1) by the field that they stand for. */
  sequences: ReadonlyMap<string, Uint8Array[]>;
  /** The client sent a checksum and gets one. */
  checksum: boolean;
  /** The client expects no reply. */
  moreToCome: boolean;
  /** Set for OP_QUERY: the namespace that was asked, `admin.$cmd` for a legacy hello. */
  legacyNamespace?: string;
}

/** Parses one whole message. Throws WireError; the connection is then to be closed. */
export function parseMessage(message: Buffer): WireRequest {
  const opCode = message.readInt32LE(12);
  if (opCode === OP_MSG) return parseMsg(message);
  if (opCode === OP_QUERY) return parseQuery(message);
  throw new WireError('BAD_OPCODE', `Expected OP_MSG or a legacy hello, got opcode ${opCode}`);
}

function parseMsg(message: Buffer): WireRequest {
  const flags = message.length < HEADER_BYTES + 5 ? -1 : message.readUInt32LE(HEADER_BYTES);
  if (flags < 0) throw new WireError('BAD_LENGTH', 'OP_MSG without a section');
  if ((flags & REQUIRED_FLAGS & ~(FLAG.checksumPresent | FLAG.moreToCome)) !== 0) {
    throw new WireError('BAD_FLAGS', 'OP_MSG with an unknown required flag');
  }
  const checksum = (flags & FLAG.checksumPresent) !== 0;
  const end = message.length - (checksum ? 4 : 0);
  if (checksum && message.readUInt32LE(end) !== crc32c(message.subarray(0, end))) {
    throw new WireError('BAD_CHECKSUM', 'OP_MSG checksum does not match');
  }
  const sections = parseSections(message.subarray(HEADER_BYTES + 4, end));
  return {
    requestId: message.readInt32LE(4),
    checksum,
    moreToCome: (flags & FLAG.moreToCome) !== 0,
    ...sections,
  };
}

function parseSections(bytes: Buffer): Pick<WireRequest, 'body' | 'sequences'> {
  let body: Uint8Array | undefined;
  const sequences = new Map<string, Uint8Array[]>();
  let offset = 0;
  while (offset < bytes.length) {
    const kind = bytes.readUInt8(offset++);
    if (kind === 0) {
      if (body) throw new WireError('BAD_SECTION', 'OP_MSG with two bodies');
      body = documentAt(bytes, offset, bytes.length);
      offset += body.length;
    } else if (kind === 1) {
      const size = lengthAt(bytes, offset, bytes.length);
      const [name, documents] = parseSequence(bytes.subarray(offset, offset + size));
      if (sequences.has(name)) throw new WireError('BAD_SECTION', 'OP_MSG repeats a sequence');
      sequences.set(name, documents);
      offset += size;
    } else {
      throw new WireError('BAD_SECTION', `Expected section kind 0 or 1, got ${kind}`);
    }
  }
  if (!body) throw new WireError('BAD_SECTION', 'OP_MSG without a body');
  return { body, sequences };
}

function parseSequence(bytes: Buffer): [name: string, documents: Uint8Array[]] {
  const nameEnd = bytes.indexOf(0, 4);
  if (nameEnd < 0) throw new WireError('BAD_SECTION', 'Document sequence without a name');
  const documents: Uint8Array[] = [];
  for (let offset = nameEnd + 1; offset < bytes.length;) {
    const document = documentAt(bytes, offset, bytes.length);
    documents.push(document);
    offset += document.length;
  }
  return [bytes.toString('utf8', 4, nameEnd), documents];
}

function parseQuery(message: Buffer): WireRequest {
  const nameEnd = message.indexOf(0, HEADER_BYTES + 4);
  if (nameEnd < 0) throw new WireError('BAD_SECTION', 'OP_QUERY without a namespace');
  return {
    requestId: message.readInt32LE(4),
    body: documentAt(message, nameEnd + 9, message.length),
    sequences: new Map(),
    checksum: false,
    moreToCome: false,
    legacyNamespace: message.toString('utf8', HEADER_BYTES + 4, nameEnd),
  };
}

function lengthAt(bytes: Buffer, offset: number, end: number): number {
  const length = offset + 5 <= end ? bytes.readInt32LE(offset) : -1;
  if (length < 5 || offset + length > end) {
    throw new WireError('BAD_DOCUMENT', 'A length inside the message exceeds the message');
  }
  return length;
}

function documentAt(bytes: Buffer, offset: number, end: number): Uint8Array {
  const length = lengthAt(bytes, offset, end);
  if (bytes[offset + length - 1] !== 0) {
    throw new WireError('BAD_DOCUMENT', 'A document does not end with a zero byte');
  }
  return bytes.subarray(offset, offset + length);
}

/** The reply to a request, in the form that it asked for. */
export function buildReply(request: WireRequest, requestId: number, document: Uint8Array): Buffer {
  if (request.legacyNamespace !== undefined) return legacyReply(request, requestId, document);
  const length = HEADER_BYTES + 5 + document.length + (request.checksum ? 4 : 0);
  const message = Buffer.allocUnsafe(length);
  writeHeader(message, requestId, request.requestId, OP_MSG);
  message.writeUInt32LE(request.checksum ? FLAG.checksumPresent : 0, HEADER_BYTES);
  message.writeUInt8(0, HEADER_BYTES + 4);
  message.set(document, HEADER_BYTES + 5);
  if (request.checksum) {
    message.writeUInt32LE(crc32c(message.subarray(0, length - 4)), length - 4);
  }
  return message;
}

function legacyReply(request: WireRequest, requestId: number, document: Uint8Array): Buffer {
  const message = Buffer.alloc(HEADER_BYTES + 20 + document.length);
  writeHeader(message, requestId, request.requestId, OP_REPLY);
  const awaitCapable = 8;
  message.writeInt32LE(awaitCapable, HEADER_BYTES);
  message.writeInt32LE(1, HEADER_BYTES + 16);
  message.set(document, HEADER_BYTES + 20);
  return message;
}

function writeHeader(message: Buffer, requestId: number, responseTo: number, opCode: number): void {
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(requestId, 4);
  message.writeInt32LE(responseTo, 8);
  message.writeInt32LE(opCode, 12);
}
