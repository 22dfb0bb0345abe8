// Index layer: what one index can do for a query: the intervals of its keys that can hold matches, and whether
// reading them in order gives the sort order. It must not know of other indexes or of storage.
import { boundsOf } from './bounds.ts';
import type { Conjunction } from './conjunction.ts';
import { descending, EVERYTHING, type Intervals, intersection, product } from './intervals.ts';
import type { PlannedIndex, SortField } from './planner.ts';

export interface IndexAccess {
  readonly kind: 'index';
  readonly index: PlannedIndex;
  /** Sorted and disjoint, over whole keys. Empty: no document can match. */
  readonly intervals: Intervals;
  /** How many leading fields have bounds; 0 means that the whole index is read. */
  readonly depth: number;
  readonly reverse: boolean;
  readonly sorted: boolean;
}

/** More combinations of `$in` values than this are not worth a seek each. */
const MAX_INTERVALS = 1000;

export function indexAccess(
  index: PlannedIndex,
  query: Conjunction,
  sort: readonly SortField[] | undefined,
): IndexAccess {
  const fields = Object.entries(index.description.key);
  const bounds = fields.map(([path], i) => fieldBounds(index, query, path, i));
  let intervals: Intervals = [EVERYTHING];
  let depth = 0;
  for (const [i, [, order]] of fields.entries()) {
    const found = bounds[i];
    if (!found || intervals.some(({ point }) => !point && depth > 0)) break;
    if (depth > 0 && intervals.length * found.length > MAX_INTERVALS) break;
    intervals = product(intervals, order < 0 ? descending(found) : found);
    depth++;
  }
  const direction = sort && sortDirection(index, bounds, sort);
  return {
    kind: 'index',
    index,
    intervals,
    depth,
    reverse: direction === -1,
    sorted: direction !== undefined,
  };
}

/**
 * A document with an array has several keys, and each operator may be met by another of them: the bounds of two
 * operators must then not be intersected, nor those of two fields inside the same array be combined.
 */
function fieldBounds(
  index: PlannedIndex,
  query: Conjunction,
  path: string,
  position: number,
): Intervals | undefined {
  const predicates = query.fields.get(path) ?? [];
  const all = predicates.map(boundsOf).filter((bounds) => bounds !== undefined);
  const [first, ...others] = all;
  if (!first) return undefined;
  if (!index.multikey.includes(position)) return others.reduce(intersection, first);
  const paths = Object.keys(index.description.key);
  const sharesArray = index.multikey.some(
    (earlier) => earlier < position && root(paths[earlier] ?? '') === root(path),
  );
  if (sharesArray) return undefined;
  return all.reduce((best, next) => (isTighter(next, best) ? next : best));
}

function isTighter(next: Intervals, best: Intervals): boolean {
  const points = (bounds: Intervals) => bounds.every(({ point }) => point);
  if (points(next) !== points(best)) return points(next);
  return next.length < best.length;
}

function root(path: string): string {
  return path.split('.', 1)[0] ?? '';
}

/** 1 or -1 if reading the index forward or backward gives the order of `sort`. */
function sortDirection(
  index: PlannedIndex,
  bounds: readonly (Intervals | undefined)[],
  sort: readonly SortField[],
): 1 | -1 | undefined {
  if (index.multikey.length > 0 || index.hasLongKeys) return undefined;
  const fields = Object.entries(index.description.key);
  const isFixed = (i: number) => bounds[i]?.length === 1 && bounds[i][0]?.point === true;
  let direction: number | undefined;
  let i = 0;
  for (const { path, order } of sort) {
    while (i < fields.length && fields[i]?.[0] !== path && isFixed(i)) i++;
    const field = fields[i];
    if (field?.[0] !== path) return undefined;
    if (!isFixed(i)) {
      direction ??= field[1] * order;
      if (direction !== field[1] * order) return undefined;
    }
    i++;
  }
  return direction === -1 ? -1 : 1;
}
