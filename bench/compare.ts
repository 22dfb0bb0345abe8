// Bench: two ways to do the same thing, side by side. Knows nothing of databases.

/** One thing done in two ways; both take the same item and each checks its own result. */
export interface Contest<T> {
  readonly items: readonly T[];
  readonly plain: (item: T) => Promise<void>;
  readonly encrypted: (item: T) => Promise<void>;
}

/** Median milliseconds. They mean something on one machine only; their ratio travels. */
export interface Medians {
  readonly plain: number;
  readonly encrypted: number;
}

/** The middle value, or the mean of the two middle ones. Throws RangeError for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) {
    throw new RangeError('Expected at least one value, got none');
  }
  return (lower + upper) / 2;
}

/**
 * Does each item both ways before the next one, so that whatever else the machine does hits both alike.
 * Who goes first alternates: the second one finds the processor's caches warm.
 */
export async function sideBySide<T>({ items, plain, encrypted }: Contest<T>): Promise<Medians> {
  const times = { plain: [] as number[], encrypted: [] as number[] };
  for (const [index, item] of items.entries()) {
    const plainFirst = index % 2 === 0;
    if (plainFirst) times.plain.push(await time(plain, item));
    times.encrypted.push(await time(encrypted, item));
    if (!plainFirst) times.plain.push(await time(plain, item));
  }
  return { plain: median(times.plain), encrypted: median(times.encrypted) };
}

async function time<T>(action: (item: T) => Promise<void>, item: T): Promise<number> {
  const start = performance.now();
  await action(item);
  return performance.now() - start;
}
