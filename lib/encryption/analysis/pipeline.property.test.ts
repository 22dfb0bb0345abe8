// Random pipelines over two collections, without a server: whatever is accepted leaks nothing, loses
// nothing, and is often enough accepted. What it answers is the differential test's matter.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyseCommand, AnalysisError } from './index.ts';
import { secretNeedles, shortNeedles } from './testing/constants.ts';
import {
  clearPart,
  compiled,
  otherKey,
  sharedKey,
  toBytes,
  withoutMarkings,
} from './testing/inputs.ts';
import { type Reading, readingUnanswered } from './testing/random-pipelines.ts';
import { Tally } from './testing/tally.ts';
import { someWorlds, withKeys } from './testing/worlds.ts';

const database = 'twins';
const keyIds = { A: sharedKey, B: otherKey };
const seed = Number(process.env['ANALYSIS_SEED'] ?? 5);
const numRuns = Number(process.env['ANALYSIS_RUNS'] ?? 8000);

const worlds = someWorlds(12, seed);
const schemas = worlds.map(
  ({ left, right }) =>
    new Map(
      [left, right].map(({ name, schema }) => [
        `${database}.${name}`,
        compiled(withKeys(schema, keyIds)),
      ]),
    ),
);
const tally = new Tally();

/** The analysed command, or undefined when it was refused with the module's own error. */
function attempt(given: Reading, bytes: Uint8Array) {
  try {
    const result = analyseCommand(database, bytes, schemas[given.world] ?? new Map());
    tally.add(given, result.hasPlaceholders ? 'encrypted' : 'accepted');
    return result;
  } catch (error) {
    if (!(error instanceof AnalysisError)) throw error;
    tally.add(given, 'refused', error.message);
    return undefined;
  }
}

describe('a random pipeline over two collections', () => {
  it('is refused, or has no secret in clear and is otherwise the same byte for byte', () => {
    fc.assert(
      fc.property(readingUnanswered(worlds), (given) => {
        const bytes = toBytes(given.command);
        const result = attempt(given, bytes);
        if (!result) return;
        const clear = Buffer.from(clearPart(result.command));
        const found = [...secretNeedles, ...shortNeedles].filter((each) => clear.includes(each));
        expect(found.map((needle) => needle.toString('latin1'))).toEqual([]);
        expect(Buffer.from(withoutMarkings(result.command)).equals(bytes)).toBe(true);
      }),
      { seed, numRuns },
    );
    if (process.env['ANALYSIS_TALLY'] !== undefined) console.log(String(tally));
  });

  // Refusing everything must not pass: what met encrypted fields was accepted, and encrypted, enough.
  it.each([
    '$addFields',
    '$bucket',
    '$bucketAuto',
    '$count',
    '$facet',
    '$geoNear',
    '$graphLookup',
    '$group',
    '$limit',
    '$lookup',
    '$match',
    '$project',
    '$redact',
    '$replaceRoot',
    '$replaceWith',
    '$sample',
    '$set',
    '$skip',
    '$sort',
    '$sortByCount',
    '$unionWith',
    '$unset',
    '$unwind',
  ])('is often enough accepted, with and without markings, where it has the stage %s', (stage) => {
    const { accepted, encrypted } = tally.of(`stage ${stage}`);
    expect(accepted + encrypted).toBeGreaterThan(numRuns / 160);
    expect(encrypted).toBeGreaterThan(numRuns / 2000);
  });

  it.each(['$collStats', '$indexStats'])('is accepted where it starts with %s', (stage) => {
    expect(tally.of(`stage ${stage}`)).toMatchObject({ refused: 0 });
    expect(tally.of(`stage ${stage}`).accepted).toBeGreaterThan(numRuns / 400);
  });

  it.each([
    '$eq',
    '$ne',
    '$in',
    '$cond',
    '$ifNull',
    '$switch',
    '$let',
    '$literal',
    '$mergeObjects',
  ])('is often enough encrypted where it has the operator %s', (operator) => {
    expect(tally.of(operator).encrypted).toBeGreaterThan(numRuns / 500);
  });
});
