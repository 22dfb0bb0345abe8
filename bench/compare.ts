// Bench: the same thing done in several ways, side by side. Knows nothing of databases.

/** Does the thing for the item with this index and checks its own result. */
export type Way = (index: number) => Promise<void>;

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
 * Does each item in every way before the next item, so that whatever else the machine does hits all ways
 * alike; a different way goes first each time. Returns the median milliseconds of each way: they mean
 * something on one machine only, their ratios travel.
 */
export async function sideBySide<Name extends string>(
  count: number,
  ways: Readonly<Record<Name, Way>>,
): Promise<Record<Name, number>> {
  const entries = Object.entries<Way>(ways).map(([name, way]) => ({
    name,
    way,
    times: [] as number[],
  }));
  for (let index = 0; index < count; index++) {
    const first = index % entries.length;
    for (const { way, times } of [...entries.slice(first), ...entries.slice(0, first)]) {
      const start = performance.now();
      await way(index);
      times.push(performance.now() - start);
    }
  }
  const medians = entries.map(({ name, times }) => [name, median(times)]);
  return Object.fromEntries(medians) as Record<Name, number>;
}
