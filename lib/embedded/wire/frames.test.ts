import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { FrameReader, MAX_MESSAGE_BYTES } from './frames.ts';
import { frame, int32 } from './testing.ts';

const messages = fc.array(
  fc.uint8Array({ maxLength: 200 }).map((content) => frame(2013, content, 1, 0)),
  { maxLength: 10 },
);

describe('FrameReader', () => {
  it('gives the same messages however the stream is cut', () => {
    fc.assert(
      fc.property(messages, fc.array(fc.nat({ max: 60 })), (sent, cuts) => {
        const stream = Buffer.concat(sent);
        const reader = new FrameReader();
        const received: Buffer[] = [];
        let offset = 0;
        for (const length of cuts) {
          received.push(...reader.push(stream.subarray(offset, offset + length)));
          offset += length;
        }
        received.push(...reader.push(stream.subarray(offset)));
        expect(received.map((m) => m.toString('hex'))).toEqual(sent.map((m) => m.toString('hex')));
      }),
    );
  });

  it('gives nothing before a message is complete', () => {
    const reader = new FrameReader();
    const message = frame(2013, Buffer.alloc(10), 1, 0);
    expect(reader.push(message.subarray(0, -1))).toEqual([]);
    expect(reader.push(message.subarray(-1))).toHaveLength(1);
  });

  it.each([-1, 0, 15, MAX_MESSAGE_BYTES + 1])(
    'refuses the length %d as soon as it is read',
    (length) => {
      expect(() => new FrameReader().push(int32(length))).toThrow(/got length/);
    },
  );
});
