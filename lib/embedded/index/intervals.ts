// Index layer: sets of index keys as sorted, disjoint intervals of bytes. It knows no BSON and no filter.

/**
 * All keys that are at least `low`, and below `high` or starting with `high`. Bounds are always inclusive: an
 * interval may hold a little more than the filter asks for, since the filter is applied again to every document.
 */
export interface Interval {
  readonly low: Uint8Array;
  readonly high: Uint8Array;
  /** Holds exactly one key. */
  readonly point: boolean;
}
export type Intervals = readonly Interval[];

const EMPTY = new Uint8Array(0);
export const EVERYTHING: Interval = { low: EMPTY, high: EMPTY, point: false };

export function point(key: Uint8Array): Interval {
  return { low: key, high: key, point: true };
}

export function union(intervals: Intervals): Intervals {
  const sorted = [...intervals].sort(
    (a, b) => Buffer.compare(a.low, b.low) || compareHighs(a.high, b.high),
  );
  const result: Interval[] = [];
  for (const next of sorted) {
    const last = result.at(-1);
    if (!last || !reaches(next.low, last.high)) result.push(next);
    else if (compareHighs(last.high, next.high) < 0) {
      result[result.length - 1] = { low: last.low, high: next.high, point: false };
    }
  }
  return result;
}

export function intersection(left: Intervals, right: Intervals): Intervals {
  const result: Interval[] = [];
  for (const a of left) {
    for (const b of right) {
      const low = Buffer.compare(a.low, b.low) < 0 ? b.low : a.low;
      const high = compareHighs(a.high, b.high) < 0 ? a.high : b.high;
      if (reaches(low, high)) result.push({ low, high, point: a.point || b.point });
    }
  }
  return union(result);
}

/** The same keys in a descending field, whose bytes are complemented. */
export function descending(intervals: Intervals): Intervals {
  return intervals
    .map(({ low, high, point: one }) => ({
      low: complement(high),
      high: complement(low),
      point: one,
    }))
    .reverse();
}

/** `prefixes`, which must be points, each followed by each of `next`. */
export function product(prefixes: Intervals, next: Intervals): Intervals {
  return prefixes.flatMap((prefix) =>
    next.map((interval) => ({
      low: concat(prefix.low, interval.low),
      high: concat(prefix.low, interval.high),
      point: interval.point,
    })),
  );
}

/** True if a key at `low` can lie below `high` or start with it. */
function reaches(low: Uint8Array, high: Uint8Array): boolean {
  return Buffer.compare(low.subarray(0, high.length), high) <= 0;
}

/** A prefix of a bound includes all that start with it, and so lies above it. */
function compareHighs(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  return Buffer.compare(a.subarray(0, length), b.subarray(0, length)) || b.length - a.length;
}

function complement(bytes: Uint8Array): Uint8Array {
  return bytes.map((value) => 0xff ^ value);
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const result = new Uint8Array(a.length + b.length);
  result.set(a);
  result.set(b, a.length);
  return result;
}
