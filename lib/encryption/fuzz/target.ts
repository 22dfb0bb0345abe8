// Fuzzing: what a target is: one parser, what its input looks like, and what must hold for any input.
import type { Shape } from './mutate.ts';

export type Verdict = 'accepted' | 'refused';

export interface Target {
  /** Also the folder of its corpus. */
  readonly name: string;
  readonly shape: Shape;
  /** Names and tokens that mean something to the parser. */
  readonly words: readonly string[];
  /** Depends on `input` alone. Throws `Breach` when a promise is broken. */
  readonly run: (input: Buffer) => Verdict;
}
