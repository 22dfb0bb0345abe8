// Test inputs of layer analysis: random choices as a plain list of numbers. What is built from them
// shrinks with the list: fewer and smaller numbers lead to the first, simplest options.
import fc from 'fast-check';

/** Numbers to decide by, in order; once they are used up every decision is the first option. */
export class Choices {
  readonly #numbers: readonly number[];
  #used = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    const number = this.#numbers[this.#used] ?? 0;
    this.#used += 1;
    return number % limit;
  }

  /** True in so many of a hundred cases; false once the numbers are used up. */
  chance(percent: number): boolean {
    return this.below(100) >= 100 - percent;
  }

  /** One of the options. Throws `RangeError` when there is none. */
  pick<T>(options: readonly T[]): T {
    const option = options[this.below(Math.max(1, options.length))];
    if (option === undefined) throw new RangeError('Expected at least one option');
    return option;
  }

  /** One of the options, each as often as its weight says. */
  weighted<T>(options: readonly (readonly [weight: number, option: T])[]): T {
    const total = options.reduce((sum, [weight]) => sum + weight, 0);
    let number = this.below(Math.max(1, total));
    for (const [weight, option] of options) {
      if (number < weight) return option;
      number -= weight;
    }
    throw new RangeError('Expected at least one option');
  }

  /** From `least` to `most` results of `make`. */
  many<T>(least: number, most: number, make: () => T): T[] {
    const length = least + this.below(most - least + 1);
    return Array.from({ length }, make);
  }
}

/** Builds a case from random choices; the counterexample that fast-check prints is the case. */
export function built<T>(
  build: (choices: Choices) => T,
  { minLength = 30, maxLength = 160 } = {},
): fc.Arbitrary<T> {
  const numbers = fc.array(fc.nat({ max: 0xffff }), { minLength, maxLength, size: 'max' });
  return fc.noBias(numbers).map((list) => build(new Choices(list)));
}
