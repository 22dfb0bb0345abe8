// One at a time per key, in order of arrival, within this process. It only spares conflicts; what holds
// across processes is the conditional write of whoever waits here.

const tails = new Map<string, Promise<unknown>>();

/** Runs `work` after all earlier work of the same key has settled. */
export async function takeTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
  const before = tails.get(key) ?? Promise.resolve();
  const turn = before.then(work, work);
  tails.set(key, turn);
  try {
    return await turn;
  } finally {
    if (tails.get(key) === turn) tails.delete(key);
  }
}
