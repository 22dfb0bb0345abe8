// Index layer: how to find the candidates of a filter. It reads no documents; it may ask how many entries an
// index has in some intervals.
//
// The rule: of all indexes with bounds from the filter, the one with the fewest entries in its bounds, counted up
// to COUNT_LIMIT; among equals one that gives the sort order, then the one that was created first. A union of
// indexes for `$or` counts as the sum of its branches. Only if no index has bounds, one that gives the sort order
// is read as a whole, then a partial or sparse one that covers the query. Everything else is a collection scan.
import { CommandError } from '../errors.ts';
import { type Document, isDocument, toNumber } from '../query/values.ts';
import type { IndexDescription } from '../storage/types.ts';
import { both, type Conjunction, conjunctionOf } from './conjunction.ts';
import { indexAccess, type IndexAccess } from './index-access.ts';
import { impliesExists, impliesFilter } from './implication.ts';
import type { Intervals } from './intervals.ts';
import { keyPatternText } from './specification.ts';

/** What the planner has to know of an index. */
export interface PlannedIndex {
  readonly id: number;
  readonly description: IndexDescription;
  readonly unique: boolean;
  readonly multikey: readonly number[];
  readonly hasLongKeys: boolean;
}

export type Access =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'collection'; readonly reverse: boolean; readonly sorted: boolean }
  | IndexAccess
  | { readonly kind: 'union'; readonly branches: readonly Access[] };

export interface PlanRequest {
  readonly filter: Document;
  readonly sort?: Document | undefined;
  readonly hint?: string | Document | undefined;
  readonly indexes: readonly PlannedIndex[];
  /** Entries of an index in some intervals, at most `limit`. */
  readonly count: (index: PlannedIndex, intervals: Intervals, limit: number) => number;
}

export interface SortField {
  readonly path: string;
  readonly order: 1 | -1;
}

const COUNT_LIMIT = 1000;
const MAX_BRANCHES = 200;

/** Throws BadValue for an unknown hint, NoQueryExecutionPlans for a partial index that lacks some matches. */
export function planAccess(request: PlanRequest): Access {
  const query = conjunctionOf(request.filter);
  const indexes = request.indexes.filter(({ description }) => !description.hidden);
  const sort = sortFields(request.sort);
  const natural = naturalOrder(request.sort) ?? naturalOrder(request.hint);
  if (natural !== undefined) {
    const sorted = naturalOrder(request.sort) !== undefined;
    return { kind: 'collection', reverse: natural < 0, sorted };
  }
  if (request.hint !== undefined) return hinted(request.hint, indexes, query, sort);
  const best = bounded(request, indexes, query, sort, 'choose');
  if (best) return best.access;
  const whole = indexes
    .filter((index) => covers(index, query))
    .map((index) => indexAccess(index, query, sort));
  return (
    whole.find(({ sorted }) => sorted) ??
    whole.find(({ index }) => isSelective(index)) ?? {
      kind: 'collection',
      reverse: false,
      sorted: sort?.length === 0,
    }
  );
}

/** With bounds from the query. To choose among one needs no count. */
interface Candidate {
  readonly access: Access;
  readonly cost: number;
}

function bounded(
  request: PlanRequest,
  indexes: readonly PlannedIndex[],
  query: Conjunction,
  sort: readonly SortField[] | undefined,
  purpose: 'choose' | 'compare',
): Candidate | undefined {
  const usable = indexes.filter((index) => covers(index, query));
  const accesses = usable
    .map((index) => indexAccess(index, query, sort))
    .filter(({ depth }) => depth > 0);
  if (accesses.some(({ intervals }) => intervals.length === 0)) {
    return { access: { kind: 'nothing' }, cost: 0 };
  }
  const only = purpose === 'choose' && accesses.length === 1 && query.alternatives.length === 0;
  const candidates = accesses.map((access): Candidate => {
    const cost = only ? 0 : request.count(access.index, access.intervals, COUNT_LIMIT);
    return { access, cost };
  });
  if (!candidates.some(({ cost }) => cost <= 1)) {
    for (const branches of query.alternatives) {
      const union = unionOf(request, indexes, query, branches);
      if (union) candidates.push(union);
    }
  }
  return candidates.reduce<Candidate | undefined>(
    (best, next) => (best && !isBetter(next, best) ? best : next),
    undefined,
  );
}

function isBetter(next: Candidate, best: Candidate): boolean {
  if (next.cost !== best.cost) return next.cost < best.cost;
  return isSorted(next.access) && !isSorted(best.access);
}

export function isSorted(access: Access): boolean {
  if (access.kind === 'nothing') return true;
  return access.kind !== 'union' && access.sorted;
}

/** Every branch of an `$or` needs bounds, or the whole collection must be read anyway. */
function unionOf(
  request: PlanRequest,
  indexes: readonly PlannedIndex[],
  query: Conjunction,
  branches: readonly Conjunction[],
): Candidate | undefined {
  if (branches.length > MAX_BRANCHES) return undefined;
  const rest: Conjunction = {
    fields: query.fields,
    alternatives: query.alternatives.filter((other) => other !== branches),
  };
  const accesses: Access[] = [];
  let cost = 0;
  for (const branch of branches) {
    const found = bounded(request, indexes, both(branch, rest), undefined, 'compare');
    if (!found) return undefined;
    if (found.access.kind === 'nothing') continue;
    accesses.push(found.access);
    cost += found.cost;
  }
  const [only] = accesses;
  if (!only) return { access: { kind: 'nothing' }, cost: 0 };
  return { access: accesses.length === 1 ? only : { kind: 'union', branches: accesses }, cost };
}

/** True if the index holds every document that the query can match. */
function covers({ description }: PlannedIndex, query: Conjunction): boolean {
  const { sparse, partialFilterExpression, key } = description;
  if (partialFilterExpression) return impliesFilter(query, partialFilterExpression);
  return !sparse || Object.keys(key).some((path) => impliesExists(query, path));
}

function isSelective({ description }: PlannedIndex): boolean {
  return description.sparse === true || description.partialFilterExpression !== undefined;
}

function hinted(
  hint: string | Document,
  indexes: readonly PlannedIndex[],
  query: Conjunction,
  sort: readonly SortField[] | undefined,
): Access {
  const index = indexes.find(({ description }) =>
    typeof hint === 'string'
      ? description.name === hint
      : keyPatternText(description.key) === hintText(hint),
  );
  if (!index) {
    throw new CommandError('BadValue', 'hint provided does not correspond to an existing index');
  }
  // Manual, "Sparse Indexes": a hint uses a sparse index even if the result is then incomplete.
  if (index.description.partialFilterExpression && !covers(index, query)) {
    throw new CommandError(
      'NoQueryExecutionPlans',
      'Expected a hint of an index that holds all matches, got a partial index that does not',
    );
  }
  const access = indexAccess(index, query, sort);
  return access.intervals.length === 0 ? { kind: 'nothing' } : access;
}

function hintText(hint: Document): string {
  return Object.values(hint).every((order) => (toNumber(order) ?? 0) !== 0)
    ? keyPatternText(hint)
    : '';
}

function naturalOrder(value: unknown): number | undefined {
  if (!isDocument(value)) return undefined;
  return '$natural' in value ? toNumber(value['$natural']) : undefined;
}

/** Undefined if there is nothing that an index could give, as for `$meta`. */
function sortFields(sort: Document | undefined): SortField[] | undefined {
  if (!sort) return undefined;
  const fields: SortField[] = [];
  for (const [path, value] of Object.entries(sort)) {
    const order = toNumber(value);
    if (order === undefined) return undefined;
    fields.push({ path, order: order < 0 ? -1 : 1 });
  }
  return fields;
}
