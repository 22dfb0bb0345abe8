// Fuzzing: runs one target for a while. Every input follows from the corpus, the seed and its number
// alone, so a finding is made again by its number.
import { type CorpusFile, readCorpus } from './corpus.ts';
import { mutate } from './mutate.ts';
import { Random } from './random.ts';
import type { Target } from './target.ts';

/** The input with this number: first the corpus itself, then changes of it. */
export function inputOf(
  target: Target,
  corpus: readonly CorpusFile[],
  seed: number,
  number: number,
): Buffer {
  const whole = corpus[number];
  if (whole) return whole.bytes;
  const random = new Random(seed, number);
  return mutate(random.pick(corpus).bytes, random.pick(corpus).bytes, target, random);
}

export interface Tally {
  readonly inputs: number;
  readonly accepted: number;
  readonly refused: number;
}

export interface Finding {
  readonly number: number;
  readonly input: Buffer;
  readonly error: unknown;
}

/**
 * Runs inputs until `isOver`, or to the first broken promise. `before` learns each number first, so
 * that an input that never comes back can be named.
 */
export function fuzz(
  target: Target,
  seed: number,
  isOver: () => boolean,
  before: (number: number) => void,
): Tally & { readonly finding: Finding | undefined } {
  const corpus = readCorpus(target.name);
  const verdicts = { accepted: 0, refused: 0 };
  let number = 0;
  for (; number < corpus.length || !isOver(); number++) {
    before(number);
    const input = inputOf(target, corpus, seed, number);
    try {
      verdicts[target.run(input)]++;
    } catch (error) {
      return { inputs: number + 1, ...verdicts, finding: { number, input, error } };
    }
  }
  return { inputs: number, ...verdicts, finding: undefined };
}
