// Storage layer: copies a whole environment into another one, table by table in key order, so that a copy that was
// killed goes on after its last entry; and compares two environments entry by entry. Nobody writes to the source.
import {
  countAll,
  type Entry,
  type Environment,
  read,
  type Table,
  TABLES,
  write,
} from './environment.ts';

/** Entries and bytes of one transaction of a copy. */
const BATCH_ENTRIES = 2000;
const BATCH_BYTES = 8 * 1024 * 1024;

/** `done` of `total` entries; `now` of them in this run. */
export type OnCopied = (done: number, now: number, total: number) => void;

export function countEntries(environment: Environment): number {
  return TABLES.reduce((sum, name) => sum + countAll(environment[name]), 0);
}

/** Copies what `to` does not have yet. */
export async function copyEnvironment(
  from: Environment,
  to: Environment,
  onCopied: OnCopied,
): Promise<void> {
  const total = countEntries(from);
  const before = countEntries(to);
  let now = 0;
  for (const name of TABLES) {
    const [source, target] = [from[name], to[name]];
    for (const batch of batches(source, lastKey(target))) {
      await to.write(() => {
        for (const { key, value } of batch) write(target, key, value);
      });
      now += batch.length;
      onCopied(before + now, now, total);
      await turn();
    }
  }
}

/** The table in which the environments differ first, or undefined if they hold the same entries. */
export async function findDifference(
  from: Environment,
  to: Environment,
  onCompared: OnCopied,
): Promise<string | undefined> {
  const total = countEntries(from);
  let done = 0;
  for (const name of TABLES) {
    const [source, target] = [from[name], to[name]];
    if (countAll(source) !== countAll(target)) return name;
    for (const batch of batches(source, undefined)) {
      for (const { key, value } of batch) {
        const copy = read(target, key);
        if (!copy || Buffer.compare(copy, value) !== 0) return name;
      }
      done += batch.length;
      onCompared(done, done, total);
      await turn();
    }
  }
  return undefined;
}

/** All entries after a key, in order. */
function* batches(table: Table, after: Uint8Array | undefined): Generator<Entry[]> {
  let last = after;
  for (;;) {
    const batch: Entry[] = [];
    let bytes = 0;
    for (const entry of table.getRange(last ? { start: last, exclusiveStart: true } : {})) {
      batch.push(entry);
      bytes += entry.key.length + entry.value.length;
      if (batch.length >= BATCH_ENTRIES || bytes >= BATCH_BYTES) break;
    }
    if (batch.length === 0) return;
    yield batch;
    last = batch.at(-1)?.key;
  }
}

function lastKey(table: Table): Uint8Array | undefined {
  for (const key of table.getKeys({ reverse: true, limit: 1 })) return key;
  return undefined;
}

/** Lets signals and timers have their turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
