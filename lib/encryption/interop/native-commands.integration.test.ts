// Interop with the official native addon: what automatic encryption does with each command, up to the
// analysis, which only this module has; and the placeholders of its analysis, encrypted by the addon.
import { Binary, BSON, serialize, type Document } from 'bson';
import { describe, expect, it } from 'vitest';
import { BsonType, encodeBinary, findBinaries, spliceBinaries } from '../bytes/index.ts';
import { parseCiphertext, decryptValue, serializeMarking } from '../format/index.ts';
import { converse, type World } from './testing/converse.ts';
import { bothEngines, engineOf, nativeIsThere, type Side, sides } from './testing/modules.ts';
import { vaultKey, worldOf } from './testing/vault.ts';

const keys = [1, 2].map(vaultKey);
const deterministic = 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic';

/** As an analyser new enough for several collections, which finds nothing to encrypt. */
function findsNothing(command: Buffer): Uint8Array {
  const asked = BSON.deserialize(command);
  if ('isMaster' in asked) return serialize({ ok: 1, maxWireVersion: 26 });
  const flags = { hasEncryptedPlaceholders: false, schemaRequiresEncryption: false };
  return serialize({ ok: 1, ...flags, result: asked });
}

/** What a side does: its questions for the server, and whether the command leaves as it came. */
function treat(side: Side, command: Document, world: World = {}, options: object = {}): object {
  const bytes = serialize(command);
  const context = () => engineOf(side, options).makeEncryptionContext('db', bytes);
  try {
    const said = converse(context(), { markings: findsNothing, ...world });
    // Its questions to the analyser have no like here.
    const operations = said.operations
      .filter((_, index) => said.states[index] !== 2)
      .map((operation) => operation.toString('hex'));
    const states = said.states.filter((state) => state !== 2);
    return { operations, states, unchanged: said.output.equals(bytes) };
  } catch (error) {
    return { refused: error instanceof Error ? error.message : '' };
  }
}

const analysed: readonly Document[] = [
  { find: 'c', filter: {} },
  { find: 'c', filter: {}, $db: 'other' },
  { aggregate: 'c', pipeline: [] },
  { aggregate: 'c', pipeline: [{ $lookup: { from: 'z', as: 'x' } }, { $lookup: { from: 'b' } }] },
  { aggregate: 'c', pipeline: [{ $facet: { a: [{ $lookup: { from: 'z', as: 'x' } }] } }] },
  { aggregate: 'c', pipeline: [{ $unionWith: { coll: 'u', pipeline: [] } }] },
  { count: 'c' },
  { distinct: 'c', key: 'a' },
  { delete: 'c', deletes: [] },
  { findAndModify: 'c', query: {} },
  { insert: 'c', documents: [{ a: 1 }] },
  { update: 'c', updates: [{ q: {}, u: { $set: { a: 1 } } }] },
  { explain: { find: 'c', filter: {} }, verbosity: 'queryPlanner' },
  { createIndexes: 'c', indexes: [{ key: { a: 1 }, name: 'a' }] },
  { collMod: 'c' },
];

const bypassed: readonly Document[] = [
  'getMore authenticate getnonce logout hello isMaster ismaster abortTransaction commitTransaction',
  'startSession endSessions killSessions killAllSessions killAllSessionsByPattern refreshSessions',
  'drop dropDatabase dropIndexes killCursors listCollections listDatabases listIndexes ping',
  'renameCollection saslStart saslContinue buildInfo buildinfo getCmdLineOpts getLog serverStatus',
  'createSearchIndexes listSearchIndexes dropSearchIndex updateSearchIndex',
].flatMap((names) => names.split(' ').map((name) => ({ [name]: 'c' })));

const refused: readonly Document[] = [
  ...'mapReduce mapreduce killOp validate FIND Insert findandmodify collStats dbStats top usersInfo'.split(
    ' ',
  ),
  ...'createUser setParameter connectionStatus profile shutdown unheardOf'.split(' '),
]
  .map((name): Document => ({ [name]: 'c' }))
  .concat([
    { aggregate: 1, pipeline: [] },
    { find: 1 },
    { find: '' },
    { insert: 1, documents: [] },
  ]);

const title = (command: Document) => ({ title: JSON.stringify(command), command });

describe.runIf(nativeIsThere)('commands, beside the official native addon', () => {
  it.each([...analysed, ...bypassed].map(title))(
    'does the same with $title: same questions, same command',
    ({ command }) => {
      const [ours, native] = sides.map((side) => treat(side, command));
      expect(ours).toEqual(native);
      expect(ours).toMatchObject({ unchanged: true });
    },
  );

  it.each(refused.map(title))('refuses $title in the same words', ({ command }) => {
    const [ours, native] = sides.map((side) => treat(side, command));
    expect(ours).toEqual(native);
    expect(ours).toHaveProperty('refused');
  });

  it.each(refused.map(title))('refuses $title with bypassQueryAnalysis too', ({ command }) => {
    const [ours, native] = sides.map((side) =>
      treat(side, command, {}, { bypassQueryAnalysis: true }),
    );
    expect(ours).toEqual(native);
  });

  it('refuses a view in the same words', () => {
    const collections = () => [serialize({ name: 'c', type: 'view', options: {} })];
    const [ours, native] = sides.map((side) => treat(side, { find: 'c' }, { collections }));
    expect(ours).toEqual(native);
    expect(ours).toEqual({ refused: 'cannot auto encrypt a view: db.c' });
  });

  it('asks for a collection once, and again never while the answer is cached', () => {
    const engine = bothEngines();
    const asked = sides.map((side) =>
      [1, 2].map(() => {
        const context = engine(side).makeEncryptionContext('db', serialize({ find: 'c' }));
        const { states } = converse(context, { markings: findsNothing });
        return states.filter((state) => state !== 2);
      }),
    );
    expect(asked[0]).toEqual(asked[1]);
    expect(asked[0]).toEqual([[1, 5], [5]]);
  });

  // The differences, each on purpose; what libmongocrypt does is pinned so that a change is seen.
  it('follows $unionWith in its short form and $graphLookup, whose collection libmongocrypt misses', () => {
    const union = { aggregate: 'c', pipeline: [{ $unionWith: 'u' }] };
    expect(treat('ours', union)).toMatchObject({ unchanged: true });
    expect(treat('native', union)).toHaveProperty('refused');
    const graph = { aggregate: 'c', pipeline: [{ $graphLookup: { from: 'u' } }] };
    const names = (side: Side) => JSON.stringify(treat(side, graph));
    expect(names('ours')).not.toBe(names('native'));
    expect(names('native')).toContain(Buffer.from(serialize({ name: 'c' })).toString('hex'));
  });

  it('asks about the collection of a `create` too, which may be there already', () => {
    const create = { create: 'c' };
    expect(treat('ours', create)).toMatchObject({ states: [1, 5], unchanged: true });
    expect(treat('native', create)).toMatchObject({ states: [5], unchanged: true });
  });

  it.each(['compactStructuredEncryptionData', 'cleanupStructuredEncryptionData', 'bulkWrite'])(
    'refuses %s, a command of Queryable Encryption',
    (name) => {
      expect(treat('ours', { [name]: 'c' })).toHaveProperty('refused');
    },
  );
});

describe.runIf(nativeIsThere)('placeholders of the analysis, encrypted by the native addon', () => {
  const encrypt = (index: number) => ({
    encrypt: {
      bsonType: 'string',
      algorithm: deterministic,
      keyId: [new Binary(Buffer.alloc(16, index), 4)],
    },
  });
  const schemaMap = {
    'db.c': {
      bsonType: 'object',
      properties: {
        ssn: encrypt(1),
        other: encrypt(2),
        address: { bsonType: 'object', properties: { street: encrypt(1) } },
      },
    },
  };

  /** The same command with every deterministic ciphertext as the placeholder that it was. */
  function marked(command: Uint8Array): Uint8Array {
    const splices = findBinaries(command, 6).map((slot) => {
      const ciphertext = parseCiphertext(slot.data);
      const { keyId } = ciphertext;
      const plain = decryptValue(ciphertext, Buffer.alloc(96, keyId[0]));
      const marking = serializeMarking({ algorithm: 'Deterministic', key: { keyId }, ...plain });
      return { slot, type: BsonType.binData, value: encodeBinary(6, marking) };
    });
    return spliceBinaries(command, splices);
  }

  it.each<[string, Document]>([
    ['insert', { documents: [{ ssn: 'a', other: 'b', plain: 1 }, { address: { street: 's' } }] }],
    ['find', { filter: { $or: [{ ssn: 'a' }, { other: { $in: ['b', 'c'] } }] }, limit: 1 }],
    ['count', { query: { ssn: { $ne: 'a' } } }],
    ['update', { updates: [{ q: { ssn: 'a' }, u: { $set: { other: 'b' } }, upsert: true }] }],
    ['delete', { deletes: [{ q: { 'address.street': 's' }, limit: 1 }] }],
    ['findAndModify', { query: { ssn: 'a' }, update: { $set: { ssn: 'b' } } }],
    ['aggregate', { pipeline: [{ $match: { ssn: 'a' } }], cursor: {} }],
  ])('%s becomes the same bytes, after the same question for keys', (name, rest) => {
    const command = serialize({ [name]: 'c', ...rest });
    const world = worldOf(keys);
    const ours = converse(
      engineOf('ours', { schemaMap }).makeEncryptionContext('db', command),
      world,
    );
    const result = BSON.deserialize(marked(ours.output), { promoteBuffers: false });
    const native = converse(
      engineOf('native', { schemaMap }).makeEncryptionContext('db', command),
      {
        ...world,
        markings: () =>
          serialize({
            ok: 1,
            hasEncryptedPlaceholders: true,
            schemaRequiresEncryption: true,
            result,
          }),
      },
    );
    expect(native.output.toString('hex')).toBe(ours.output.toString('hex'));
    expect(native.operations.slice(1)).toEqual(ours.operations);
    expect(findBinaries(ours.output, 6).length).toBeGreaterThan(0);
  });
});
