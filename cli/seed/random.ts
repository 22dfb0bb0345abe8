// Random numbers that are the same on every machine and in every run: for made-up patients only. Nothing
// that protects anything may come from here.

export interface Random {
  /** From 0 up to but not including 1. */
  next: () => number;
  /** A whole number from `least` to `most`, both included. */
  int: (least: number, most: number) => number;
  chance: (probability: number) => boolean;
  pick: <T>(items: readonly T[]) => T;
  /** Bell-shaped around 0 with standard deviation 1. */
  normal: () => number;
  /** `bytes` random bytes as hex. */
  hex: (bytes: number) => string;
  /** RFC 9562 §5.4: version 4, variant 10. */
  uuid: () => string;
}

/** A stream of its own for each list of parts: patient 7 is the same whoever was generated before. */
export function createRandom(...parts: readonly (string | number)[]): Random {
  let state = hashParts(parts.join('/'));
  // splitmix32: a Weyl sequence of odd step, each value finalised by two multiplications.
  const word = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  const next = (): number => word() / 2 ** 32;
  const int = (least: number, most: number): number =>
    least + Math.floor(next() * (most - least + 1));
  const hex = (bytes: number): string =>
    Array.from({ length: bytes }, () => int(0, 255).toString(16).padStart(2, '0')).join('');
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick: (items) => {
      const item = items[int(0, items.length - 1)];
      if (item === undefined) throw new RangeError('Expected a list with items, got none');
      return item;
    },
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    hex,
    uuid: () => [hex(4), hex(2), `4${hex(2).slice(1)}`, `a${hex(2).slice(1)}`, hex(6)].join('-'),
  };
}

// FNV-1a, 32 bit.
function hashParts(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return hash;
}
