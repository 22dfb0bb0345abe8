// The command table of csfle.md B.3: analyse, bypass, refuse.
import type { Document } from 'bson';
import { describe, expect, it } from 'vitest';
import { AnalysisError, classifyCommand } from './index.ts';
import { toBytes } from './testing/inputs.ts';

const classify = (command: Document) => classifyCommand('db', toBytes(command));

describe('classifyCommand', () => {
  it.each([
    'aggregate',
    'collMod',
    'count',
    'create',
    'createIndexes',
    'delete',
    'distinct',
    'find',
    'findAndModify',
    'insert',
    'update',
  ])('analyses %s', (name) => {
    expect(classify({ [name]: 'c' })).toEqual({ action: 'analyse', name, namespaces: ['db.c'] });
  });

  it.each(['ping', 'hello', 'isMaster', 'ismaster', 'getMore', 'drop', 'endSessions', 'saslStart'])(
    'bypasses %s',
    (name) => {
      expect(classify({ [name]: 1 })).toEqual({ action: 'bypass', name, namespaces: [] });
    },
  );

  it.each(['mapReduce', 'mapreduce', 'bulkWrite', 'eval', 'currentOp', 'Find', 'toString', ''])(
    'refuses the unknown command %s',
    (name) => {
      expect(() => classify({ [name]: 'c' })).toThrow(AnalysisError);
      expect(() => classify({ [name]: 'c' })).toThrow(
        `command not supported for auto encryption: ${name}`,
      );
    },
  );

  it('refuses a command on a whole database', () => {
    expect(() => classify({ aggregate: 1, pipeline: [] })).toThrow(
      'non-collection command not supported for auto encryption: aggregate',
    );
  });

  it('refuses an empty collection name and an empty command', () => {
    expect(() => classify({ find: '' })).toThrow('empty collection name on command: find');
    expect(() => classify({})).toThrow('empty document');
  });

  it('looks inside explain for the collection', () => {
    const explained = { explain: { find: 'c', filter: {} }, verbosity: 'queryPlanner' };
    expect(classify(explained)).toEqual({
      action: 'analyse',
      name: 'explain',
      namespaces: ['db.c'],
    });
  });

  it.each<[string, Document]>([
    ['a command that it cannot analyse', { explain: { mapReduce: 'c' } }],
    ['explain in explain', { explain: { explain: { find: 'c' } } }],
    ['no command', { explain: {} }],
    ['a scalar', { explain: 1 }],
  ])('refuses to explain %s', (_name, command) => {
    expect(() => classify(command)).toThrow('command not supported for auto encryption: explain');
  });

  it('names every collection of a pipeline once', () => {
    const pipeline = [
      { $lookup: { from: 'a', as: 'x', pipeline: [{ $unionWith: { coll: 'b', pipeline: [] } }] } },
      { $facet: { one: [{ $graphLookup: { from: 'd' } }], two: [{ $unionWith: 'e' }] } },
      { $lookup: { from: 'a', as: 'y' } },
      { $merge: { into: { db: 'db', coll: 'f' } } },
      { $out: 'g' },
    ];
    expect(classify({ aggregate: 'c', pipeline }).namespaces).toEqual(
      ['c', 'a', 'b', 'd', 'e', 'f', 'g'].map((name) => `db.${name}`),
    );
  });

  it('names the collection behind a view', () => {
    const view = { create: 'v', viewOn: 'c', pipeline: [{ $lookup: { from: 'd' } }] };
    expect(classify(view).namespaces).toEqual(['db.v', 'db.d', 'db.c']);
  });

  it('refuses a pipeline that reaches into another database', () => {
    const pipeline = [{ $out: { db: 'other', coll: 'c' } }];
    expect(() => classify({ aggregate: 'c', pipeline })).toThrow('$out');
  });

  it('refuses nested pipelines beyond the limit, without a stack overflow', () => {
    let pipeline: Document[] = [];
    for (let depth = 0; depth < 2000; depth++) pipeline = [{ $facet: { a: pipeline } }];
    expect(() => classify({ aggregate: 'c', pipeline })).toThrow('nested levels');
  });
});
