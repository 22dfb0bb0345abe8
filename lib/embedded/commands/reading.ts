// Commands: how every command reads a collection: candidates from storage, the whole filter on each, sorting
// where no index did it, skip and limit. Bytes in, bytes out; only what the filter needs is decoded.
import { compileFilter } from '../query/filter.ts';
import { compileSort } from '../query/sort.ts';
import { decode, type Document } from '../query/values.ts';
import type { Collection, Plan, StoredDocument } from '../storage/types.ts';
import type { DocumentStream } from './cursors.ts';

/** What to read. */
export interface ReadSpecification {
  filter: Document;
  sort?: Document | undefined;
  hint?: string | Document | undefined;
  skip?: number | undefined;
  limit?: number | undefined;
  /** Values of `let`, for `$expr`. */
  variables?: Document | undefined;
}

/** A match with its typed document. */
export interface Match extends StoredDocument {
  document: Document;
}

/** A planned read. `matches` gives null for a candidate that did not match. */
export interface Read {
  plan: Plan | undefined;
  sorted: boolean;
  matches: () => Iterable<Match | null>;
}

/** Throws at once on a bad filter, sort or hint, also where the collection does not exist. */
export function planRead(
  collection: Collection | undefined,
  specification: ReadSpecification,
): Read {
  const test = compileFilter(specification.filter, specification.variables);
  const sort = specification.sort;
  const sorted = sort !== undefined && Object.keys(sort).length > 0 && !('$natural' in sort);
  const sorter = sorted ? compileSort(sort) : undefined;
  const scan = collection?.scan(specification.filter, {
    ...(sort && { sort }),
    ...(specification.hint !== undefined && { hint: specification.hint }),
  });

  function* matching(): Generator<Match | null> {
    for (const { recordId, bytes } of scan?.documents ?? []) {
      const document = decode(bytes);
      yield test(document) ? { recordId, bytes, document } : null;
    }
  }

  function* inOrder(): Generator<Match | null> {
    if (!sorter || scan?.sorted === true) {
      yield* matching();
      return;
    }
    const keyed: { key: readonly unknown[]; match: Match }[] = [];
    for (const match of matching()) {
      if (match) keyed.push({ key: sorter.keyOf(match.document), match });
      else yield null;
    }
    keyed.sort((left, right) => sorter.compare(left.key, right.key));
    for (const { match } of keyed) yield match;
  }

  return {
    plan: scan?.plan,
    sorted: sorter === undefined || scan?.sorted === true,
    matches: () => slice(inOrder(), specification.skip ?? 0, specification.limit ?? 0),
  };
}

function* slice(
  matches: Iterable<Match | null>,
  skip: number,
  limit: number,
): Generator<Match | null> {
  let [skipped, given] = [0, 0];
  for (const match of matches) {
    if (match === null || skipped < skip) {
      if (match) skipped++;
      yield null;
      continue;
    }
    yield match;
    if (++given === limit) return;
  }
}

/** The stream of a cursor; `project` turns a match into the bytes to be sent. */
export function* streamOf(
  matches: Iterable<Match | null>,
  project: (match: Match) => Uint8Array,
): Generator<Uint8Array | null> & DocumentStream {
  for (const match of matches) yield match && project(match);
}
