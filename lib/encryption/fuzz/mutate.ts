// Fuzzing: changes to any bytes: flipped bits, cuts, splices, edited lengths, words of the format.
import { mutateBson } from './mutate-bson.ts';
import type { Random } from './random.ts';

/** What the input of a parser looks like: BSON is also changed as a tree, the rest as bytes. */
export type Shape = 'bson' | 'bytes';

/** No input is longer; limits of size have tests of their own. */
export const maxInputLength = 64 * 1024;

const interestingBytes = [0, 1, 2, 3, 6, 0x10, 0x12, 0x20, 0x7f, 0x80, 0xff];
const interestingLengths = [0, 1, 4, 5, 16, 0xff, 0xffff, 0x7fff_ffff, -1, -0x8000_0000];

type Change = (bytes: Buffer, random: Random, donor: Buffer, words: readonly string[]) => Buffer;

function range(bytes: Buffer, random: Random, longest: number): [start: number, end: number] {
  const start = random.below(bytes.length);
  return [start, Math.min(bytes.length, start + 1 + random.below(longest))];
}

function insert(bytes: Buffer, at: number, inserted: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]);
}

function editLength(bytes: Buffer, random: Random, big: boolean): Buffer {
  if (bytes.length < 4) return bytes;
  const at = random.below(bytes.length - 3);
  const old = big ? bytes.readInt32BE(at) : bytes.readInt32LE(at);
  const edited = random.chance(50)
    ? random.pick(interestingLengths)
    : (old + random.below(9) - 4) | 0;
  if (big) bytes.writeInt32BE(edited, at);
  else bytes.writeInt32LE(edited, at);
  return bytes;
}

const changes: readonly Change[] = [
  (bytes, random) => {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    return bytes;
  },
  (bytes, random) => {
    const at = random.below(bytes.length);
    bytes[at] = random.chance(50) ? random.pick(interestingBytes) : random.byte();
    return bytes;
  },
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random) => bytes.subarray(random.below(bytes.length + 1)),
  (bytes, random) => {
    const [start, end] = range(bytes, random, 32);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
  },
  (bytes, random) => {
    const [start, end] = range(bytes, random, 64);
    return insert(bytes, end, bytes.subarray(start, end));
  },
  (bytes, random) => {
    const inserted = Buffer.from(Array.from({ length: 1 + random.below(8) }, () => random.byte()));
    return insert(bytes, random.below(bytes.length + 1), inserted);
  },
  (bytes, random, donor) => {
    const [start, end] = range(donor, random, donor.length);
    return insert(bytes, random.below(bytes.length + 1), donor.subarray(start, end));
  },
  (bytes, random, donor) =>
    Buffer.concat([
      bytes.subarray(0, random.below(bytes.length + 1)),
      donor.subarray(random.below(donor.length + 1)),
    ]),
  (bytes, random) => editLength(bytes, random, false),
  (bytes, random) => editLength(bytes, random, true),
  (bytes, random, _, words) =>
    insert(bytes, random.below(bytes.length + 1), Buffer.from(random.pick(words), 'latin1')),
];

/** `seed` changed in some ways; `donor` is another seed. Never longer than `maxInputLength`. */
export function mutate(
  seed: Buffer,
  donor: Buffer,
  format: { readonly shape: Shape; readonly words: readonly string[] },
  random: Random,
): Buffer {
  let bytes: Buffer = Buffer.from(seed);
  if (format.shape === 'bson' && random.chance(75)) {
    bytes = mutateBson(seed, donor, format.words, random) ?? bytes;
    if (random.chance(80)) return bytes.subarray(0, maxInputLength);
  }
  for (let left = 1 + random.below(4); left > 0; left--) {
    bytes = random.pick(changes)(bytes, random, donor, format.words).subarray(0, maxInputLength);
  }
  return bytes;
}
