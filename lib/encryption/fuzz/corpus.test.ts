// The whole corpus against every promise: what once broke one is tried again in each run of the tests.
import { describe, expect, it } from 'vitest';
import { Breach, attempt, requireSilence } from './breach.ts';
import { readCorpus } from './corpus.ts';
import { canary, database } from './fixtures.ts';
import { leakedPath } from './leaks.ts';
import { fuzz, inputOf } from './run.ts';
import { targets } from './targets/index.ts';
import { serialize } from 'bson';
import { BsonError } from '../errors.ts';

describe.each(targets)('fuzz target $name', (target) => {
  it.each(readCorpus(target.name))('keeps its promises for $file', ({ bytes }) => {
    expect(['accepted', 'refused']).toContain(target.run(bytes));
  });

  it('accepts some inputs and refuses some of a few hundred', () => {
    let runs = 0;
    const { accepted, refused, finding } = fuzz(
      target,
      1,
      () => runs++ >= 300,
      () => undefined,
    );
    expect(finding).toBeUndefined();
    expect(accepted).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
  });

  it('makes an input again from the seed and its number', () => {
    const corpus = readCorpus(target.name);
    const once = [5, 50, 500].map((number) => inputOf(target, corpus, 7, number));
    expect([5, 50, 500].map((number) => inputOf(target, corpus, 7, number))).toEqual(once);
    expect(inputOf(target, corpus, 8, 500)).not.toEqual(once[2]);
  });
});

describe('the oracles', () => {
  it('report an error of the runtime, and pass the module’s own', () => {
    expect(() => attempt(() => Buffer.alloc(1).readInt32LE(0))).toThrow(Breach);
    const own = attempt(() => {
      throw new BsonError('key', 'no');
    });
    expect(own.accepted).toBe(false);
  });

  it('report a secret in a message, in any spelling, and in a cause', () => {
    const secret = Buffer.from('a secret');
    const said = (message: string, cause?: Error) => () =>
      requireSilence({ accepted: false, error: new BsonError('key', message, { cause }) }, [
        secret,
      ]);
    expect(said('nothing')).not.toThrow();
    expect(said('x a secret x')).toThrow(Breach);
    expect(said(`x${secret.toString('hex')}`)).toThrow(Breach);
    expect(said(`x${secret.toString('base64')}`)).toThrow(Breach);
    expect(said('nothing', new TypeError('a secret'))).toThrow(Breach);
  });

  it.each([
    [{ find: 'patients', filter: { ssn: canary } }, 'ssn'],
    [{ find: 'patients', filter: { $or: [{ a: 1 }, { ssn: { $in: ['a', canary] } }] } }, 'ssn'],
    [{ insert: 'patients', documents: [{ name: { last: canary } }] }, 'name.last'],
    [
      { update: 'patients', updates: [{ q: {}, u: { $set: { 'name.last': canary } } }] },
      'name.last',
    ],
    [{ explain: { count: 'patients', query: { visits: [canary] } } }, 'visits'],
    [{ aggregate: 'patients', pipeline: [{ $limit: 1 }, { $match: { ssn: canary } }] }, 'ssn'],
    [
      { aggregate: 'patients', pipeline: [{ $count: 'n' }, { $match: { ssn: canary } }] },
      undefined,
    ],
    [{ find: 'patients', filter: { other: canary, name: { first: canary } } }, undefined],
    [{ find: 'other', filter: { ssn: canary } }, undefined],
  ])('find the canary in clear in %j', (command, path) => {
    expect(leakedPath(serialize({ ...command, $db: database }))).toBe(path);
  });
});
