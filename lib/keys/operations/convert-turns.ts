// A bounded number of pieces of work at the same time. Knows nothing of keys.

/** Does `work` for all items, `most` of them at a time; results in the order of the items. The first failure ends it. */
export async function inTurns<T, R>(
  most: number,
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const rest = items.entries();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const [at, item] of rest) {
      if (failed) return;
      try {
        results[at] = await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  // All must have stopped before the caller goes on: none may still write after a failure.
  const ended = await Promise.allSettled(
    Array.from({ length: Math.min(most, items.length) }, worker),
  );
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  return results;
}
