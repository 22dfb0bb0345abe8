// Not by chance but one after the other: every cut and every flipped bit of what was valid.
import { readCorpus } from './corpus.ts';
import { describe, expect, it } from 'vitest';
import { blobs, keyDocument } from './fixtures.ts';
import { findTarget, targets } from './targets/index.ts';

/** The inputs of a target that were written, not found. */
const seedsOf = (target: string) =>
  readCorpus(target).filter(({ file }) => file.startsWith('seed-'));

function flipped(bytes: Buffer, bit: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return changed;
}

/** One bit of each byte, another one from byte to byte. */
const oneBitOfEach = ({ length }: Buffer): number[] =>
  Array.from({ length }, (_, at) => at * 8 + (at % 8));

const everyBit = ({ length }: Buffer): number[] =>
  Array.from({ length: length * 8 }, (_, bit) => bit);

describe.each(targets)('every change of a $name', ({ name }) => {
  const target = findTarget(name);

  it.each(seedsOf(name))('in one byte of $file keeps the promises', ({ bytes }) => {
    const verdicts = oneBitOfEach(bytes).map((bit) => target.run(flipped(bytes, bit)));
    expect(verdicts).toHaveLength(bytes.length);
  });

  it.each(seedsOf(name))('by a cut of $file is refused', ({ bytes }) => {
    const accepted = Array.from({ length: bytes.length }, (_, length) => length).filter(
      (length) => target.run(bytes.subarray(0, length)) === 'accepted',
    );
    expect(accepted).toEqual([]);
  });
});

describe('every single bit', () => {
  const refusedBits = (target: string, bytes: Buffer) =>
    everyBit(bytes).filter((bit) => findTarget(target).run(flipped(bytes, bit)) === 'refused');

  it.each([...blobs.keys()])('of the ciphertext %s is authenticated', (hex) => {
    const blob = Buffer.from(hex, 'hex');
    expect(refusedBits('ciphertext', blob)).toEqual(everyBit(blob));
  });

  it('of a key document gives an error or the same key', () => {
    expect(refusedBits('key-document', Buffer.from(keyDocument)).length).toBeGreaterThan(1000);
  });
});
