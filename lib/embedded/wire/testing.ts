// Test support for the wire layer: messages as a client would send them.
import { serialize } from 'bson';

import { crc32c } from './crc32c.ts';

export interface MessageParts {
  body?: object;
  sequences?: Record<string, object[]>;
  flags?: number;
  checksum?: boolean;
  requestId?: number;
}

/** An OP_MSG; with `checksum`, flag bit 0 and a correct CRC-32C. */
export function opMsg({
  body = { ping: 1, $db: 'admin' },
  sequences = {},
  flags = 0,
  checksum = false,
  requestId = 7,
}: MessageParts = {}): Buffer {
  const sections = [Buffer.from([0]), serialize(body)];
  for (const [name, documents] of Object.entries(sequences)) {
    const content = Buffer.concat([
      Buffer.from(`${name}\0`),
      ...documents.map((one) => serialize(one)),
    ]);
    sections.push(Buffer.from([1]), int32(content.length + 4), content);
  }
  const flagBytes = int32(flags | (checksum ? 1 : 0));
  const message = frame(2013, Buffer.concat([flagBytes, ...sections]), requestId, checksum ? 4 : 0);
  return checksum ? Buffer.concat([message, int32(crc32c(message) | 0)]) : message;
}

/** A legacy OP_QUERY. */
export function opQuery(namespace: string, body: object): Buffer {
  const header = [int32(0), Buffer.from(`${namespace}\0`), int32(0), int32(-1)];
  return frame(2004, Buffer.concat([...header, serialize(body)]), 7, 0);
}

/** Header and content; `trailer` bytes are counted in the length and come later. */
export function frame(
  opCode: number,
  content: Uint8Array,
  requestId: number,
  trailer: number,
): Buffer {
  const length = 16 + content.length + trailer;
  return Buffer.concat([int32(length), int32(requestId), int32(0), int32(opCode), content]);
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}
