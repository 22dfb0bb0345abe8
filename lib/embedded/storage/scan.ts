// Storage layer: carries out a plan. Outside a write it reads one snapshot from the first document to the last;
// inside one it fixes the set of candidates first, because the caller changes what it reads.
import type { Transaction } from 'lmdb';

import { CommandError } from '../errors.ts';
import { type Access, isSorted, planAccess, type PlannedIndex } from '../index/planner.ts';
import type { Intervals } from '../index/intervals.ts';
import type { Document } from '../query/values.ts';
import { type CollectionState, namespaceOf } from './catalog.ts';
import type { Engine } from './engine.ts';
import { countIn, entriesIn, read } from './environment.ts';
import { documentKey, entryRange, rangeOf, readRecordId, recordIdOfDocumentKey } from './keys.ts';
import type { Plan, Scan, ScanOptions, StoredDocument } from './types.ts';

export function scan(
  engine: Engine,
  collection: CollectionState,
  filter: Document,
  options: ScanOptions,
): Scan {
  const access = planAccess({
    filter,
    sort: options.sort,
    hint: options.hint,
    indexes: collection.indexes,
    count: (index, intervals, limit) => countEntries(engine, index, intervals, limit),
  });
  const plan = planOf(access, filter);
  const reader = new Reader(engine, collection);
  return {
    plan,
    sorted: isSorted(access),
    documents: { [Symbol.iterator]: () => reader.documents(access, plan) },
  };
}

function countEntries(
  engine: Engine,
  index: PlannedIndex,
  intervals: Intervals,
  limit: number,
): number {
  let count = 0;
  for (const { low, high } of intervals) {
    const range = entryRange(index.id, low, high);
    count += countIn(engine.environment.entries, range, limit - count);
    if (count >= limit) break;
  }
  return count;
}

function planOf(access: Access, filter?: Document): Plan {
  const counters = { keysExamined: 0, docsExamined: 0 };
  switch (access.kind) {
    case 'nothing':
      return { stage: 'EOF', ...counters };
    case 'collection':
      return {
        stage: 'COLLSCAN',
        direction: access.reverse ? 'backward' : 'forward',
        ...counters,
      };
    case 'union':
      return {
        stage: 'OR',
        inputStages: access.branches.map((branch) => planOf(branch)),
        ...counters,
      };
    case 'index': {
      const { index, intervals, reverse } = access;
      const isId = index.description.name === '_id_' && intervals.length === 1;
      const single = isId && intervals[0]?.point === true;
      return {
        stage: single && filter && Object.keys(filter).length === 1 ? 'IDHACK' : 'IXSCAN',
        indexName: index.description.name,
        keyPattern: index.description.key,
        isMultiKey: index.multikey.length > 0,
        direction: reverse ? 'backward' : 'forward',
        ...counters,
      };
    }
  }
}

class Reader {
  private readonly engine: Engine;
  private readonly collection: CollectionState;

  constructor(engine: Engine, collection: CollectionState) {
    this.engine = engine;
    this.collection = collection;
  }

  *documents(planned: Access, plan: Plan): Generator<StoredDocument> {
    if (this.engine.writing) {
      const access = this.stillUsable(planned, undefined);
      for (const recordId of [...this.recordIds(access, plan, undefined)]) {
        const document = this.load(recordId, plan, undefined);
        if (document) yield document;
      }
      return;
    }
    const transaction = this.engine.environment.snapshot();
    try {
      const access = this.stillUsable(planned, transaction);
      if (access.kind === 'collection') {
        yield* this.wholeCollection(access.reverse, plan, transaction);
        return;
      }
      for (const recordId of this.recordIds(access, plan, transaction)) {
        const document = this.load(recordId, plan, transaction);
        if (document) yield document;
      }
    } finally {
      transaction.done();
    }
  }

  private *wholeCollection(
    reverse: boolean,
    plan: Plan,
    transaction: Transaction,
  ): Generator<StoredDocument> {
    const range = rangeOf(this.collection.id);
    const { documents } = this.engine.environment;
    for (const { key, value } of entriesIn(documents, range, { reverse, transaction })) {
      plan.docsExamined++;
      yield { recordId: recordIdOfDocumentKey(key), bytes: value };
    }
  }

  private load(
    recordId: number,
    plan: Plan,
    transaction: Transaction | undefined,
  ): StoredDocument | undefined {
    plan.docsExamined++;
    const key = documentKey(this.collection.id, recordId);
    const bytes = read(this.engine.environment.documents, key, transaction);
    return bytes && { recordId, bytes };
  }

  /** Each record once, though a document with an array has several entries. */
  private *recordIds(
    access: Access,
    plan: Plan,
    transaction: Transaction | undefined,
  ): Generator<number> {
    const { documents, entries } = this.engine.environment;
    if (access.kind === 'nothing') return;
    if (access.kind === 'collection') {
      const range = rangeOf(this.collection.id);
      const { reverse } = access;
      for (const { key } of entriesIn(documents, range, { reverse, transaction })) {
        yield recordIdOfDocumentKey(key);
      }
      return;
    }
    if (access.kind === 'union') {
      yield* this.unionOf(access.branches, plan, transaction);
      return;
    }
    const { index, reverse } = access;
    const seen = index.multikey.length > 0 ? new Set<number>() : undefined;
    const intervals = reverse ? [...access.intervals].reverse() : access.intervals;
    for (const { low, high } of intervals) {
      const range = entryRange(index.id, low, high);
      for (const { value } of entriesIn(entries, range, { reverse, transaction })) {
        plan.keysExamined++;
        const recordId = readRecordId(value);
        if (seen?.has(recordId)) continue;
        seen?.add(recordId);
        yield recordId;
      }
    }
  }

  private *unionOf(
    branches: readonly Access[],
    plan: Plan,
    transaction: Transaction | undefined,
  ): Generator<number> {
    const seen = new Set<number>();
    for (const [i, branch] of branches.entries()) {
      const stage = plan.inputStages?.[i];
      if (!stage) continue;
      for (const recordId of this.recordIds(branch, stage, transaction)) {
        plan.keysExamined = sum(plan.inputStages ?? []);
        if (seen.has(recordId)) continue;
        seen.add(recordId);
        yield recordId;
      }
    }
    plan.keysExamined = sum(plan.inputStages ?? []);
  }

  /**
   * The snapshot that is read may be newer than the one that was planned on. An index that was dropped since,
   * or that has met its first array, is replaced by a collection scan, unless the order depends on it.
   */
  private stillUsable(planned: Access, transaction: Transaction | undefined): Access {
    const collection = this.engine.catalog(transaction).byId.get(this.collection.id);
    const unchanged = indexesOf(planned).every((index) => {
      const now = collection?.indexes.find(({ id }) => id === index.id);
      return (
        now?.multikey.length === index.multikey.length && now.hasLongKeys === index.hasLongKeys
      );
    });
    if (collection && unchanged) return planned;
    if (collection && !isSorted(planned)) {
      return { kind: 'collection', reverse: false, sorted: false };
    }
    throw new CommandError(
      'QueryPlanKilled',
      `Expected ${namespaceOf(this.collection)} and its indexes to stay while they are read`,
    );
  }
}

function indexesOf(access: Access): PlannedIndex[] {
  if (access.kind === 'index') return [access.index];
  return access.kind === 'union' ? access.branches.flatMap(indexesOf) : [];
}

function sum(stages: readonly Plan[]): number {
  return stages.reduce((total, stage) => total + stage.keysExamined, 0);
}
