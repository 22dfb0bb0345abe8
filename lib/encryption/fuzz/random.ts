// Fuzzing: a small reproducible source of choices. The same seed and run give the same choices, so
// that every finding can be made again from two numbers. Nothing secret comes from here.

export class Random {
  #state: number;

  constructor(seed: number, run: number) {
    this.#state = (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(run | 0, 0x85ebca6b)) >>> 0;
    this.#next();
    this.#next();
  }

  /** An integer from 0 to `bound` - 1; 0 when there is nothing to choose from. */
  below(bound: number): number {
    return bound <= 1 ? 0 : this.#next() % bound;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  /** One of `items`, which must not be empty. */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('Expected something to choose from');
    return item;
  }

  byte(): number {
    return this.#next() & 0xff;
  }

  // Mulberry32: 32 bits of state, which is plenty for choosing mutations.
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}
