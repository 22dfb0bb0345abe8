import { deserialize, serialize } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { WireError } from '../errors.ts';
import { crc32c } from './crc32c.ts';
import { buildReply, parseMessage } from './messages.ts';
import { frame, int32, opMsg, opQuery } from './testing.ts';

function codeOf(message: Buffer): string {
  try {
    parseMessage(message);
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
  return 'none';
}

describe('OP_MSG', () => {
  it('gives its body, its sequences and its flags', () => {
    const message = opMsg({
      body: { insert: 'c', $db: 'd' },
      sequences: { documents: [{ a: 1 }, { a: 2 }], others: [] },
      flags: 2,
      requestId: 42,
    });
    const request = parseMessage(message);
    expect(deserialize(request.body)).toEqual({ insert: 'c', $db: 'd' });
    expect([...request.sequences.keys()]).toEqual(['documents', 'others']);
    expect(request.sequences.get('documents')?.map((one) => deserialize(one))).toEqual([
      { a: 1 },
      { a: 2 },
    ]);
    expect(request).toMatchObject({ moreToCome: true, checksum: false, requestId: 42 });
  });

  it('accepts a right checksum and answers with one', () => {
    const request = parseMessage(opMsg({ checksum: true }));
    const reply = buildReply(request, 1, serialize({ ok: 1 }));
    expect(reply.readUInt32LE(16) & 1).toBe(1);
    expect(reply.readUInt32LE(reply.length - 4)).toBe(crc32c(reply.subarray(0, -4)));
    expect(parseMessage(reply).checksum).toBe(true);
  });

  it('refuses a message in which any bit was flipped under its checksum', () => {
    const message = opMsg({ checksum: true });
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: message.length - 1 }),
        fc.nat({ max: 7 }),
        (at, bit) => {
          const broken = Buffer.from(message);
          broken[at] = (broken[at] ?? 0) ^ (1 << bit);
          expect(codeOf(broken)).toBe('BAD_CHECKSUM');
        },
      ),
    );
  });

  it('ignores exhaustAllowed and refuses unknown required flags', () => {
    expect(codeOf(opMsg({ flags: 1 << 16 }))).toBe('none');
    expect(codeOf(opMsg({ flags: 4 }))).toBe('BAD_FLAGS');
  });

  it('refuses no body, two bodies, unknown sections and repeated sequences', () => {
    const body = Buffer.concat([Buffer.from([0]), serialize({ ping: 1 })]);
    const message = (...parts: Buffer[]) => frame(2013, Buffer.concat([int32(0), ...parts]), 1, 0);
    const sequence = Buffer.concat([Buffer.from([1]), int32(6), Buffer.from('a\0')]);
    expect(codeOf(message(sequence))).toBe('BAD_SECTION');
    expect(codeOf(message(body, body))).toBe('BAD_SECTION');
    expect(codeOf(message(body, Buffer.from([2])))).toBe('BAD_SECTION');
    expect(codeOf(message(body, sequence, sequence))).toBe('BAD_SECTION');
    expect(codeOf(message())).toBe('BAD_LENGTH');
  });

  it('answers any bytes with a request or a WireError, never with another failure', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        fc.constantFrom(2013, 2004),
        (content, opCode) => {
          expect(typeof codeOf(frame(opCode, content, 1, 0))).toBe('string');
        },
      ),
    );
  });
});

describe('legacy OP_QUERY', () => {
  it('gives the body and is answered with OP_REPLY', () => {
    const request = parseMessage(opQuery('admin.$cmd', { ismaster: 1 }));
    expect(request.legacyNamespace).toBe('admin.$cmd');
    expect(deserialize(request.body)).toEqual({ ismaster: 1 });
    const reply = buildReply(request, 9, serialize({ ok: 1 }));
    expect([reply.readInt32LE(8), reply.readInt32LE(12), reply.readInt32LE(32)]).toEqual([7, 1, 1]);
    expect(deserialize(reply.subarray(36))).toEqual({ ok: 1 });
  });

  it('is the only legacy message: any other opcode is refused', () => {
    for (const opCode of [1, 2001, 2002, 2005, 2006, 2007, 2012]) {
      expect(codeOf(frame(opCode, Buffer.alloc(30), 1, 0))).toBe('BAD_OPCODE');
    }
  });
});
