// The whole table of csfle.md B.3, and what stands around the markings of each analysed command:
// every byte of it is kept.
import { type Document, Long, ObjectId, serialize, Timestamp } from 'bson';
import { describe, expect, it } from 'vitest';
import { AnalysisError, analyseCommand, classifyCommand } from './index.ts';
import { commandAction } from './commands.ts';
import { database, passes, schemas, toBytes, withoutMarkings } from './testing/inputs.ts';

const bypassed = [
  ...[
    'authenticate',
    'getnonce',
    'logout',
    'hello',
    'isMaster',
    'ismaster',
    'ISMASTER',
    'IsMaster',
  ],
  ...['abortTransaction', 'commitTransaction', 'startSession', 'endSessions', 'refreshSessions'],
  ...['killSessions', 'killAllSessions', 'killAllSessionsByPattern', 'killCursors', 'getMore'],
  ...['drop', 'dropDatabase', 'dropIndexes', 'renameCollection', 'ping', 'serverStatus'],
  ...['listCollections', 'listDatabases', 'listIndexes', 'saslStart', 'saslContinue'],
  ...['buildInfo', 'buildinfo', 'getCmdLineOpts', 'getLog', 'createSearchIndexes'],
  ...['listSearchIndexes', 'dropSearchIndex', 'dropSearchIndexes', 'updateSearchIndex'],
];
const analysed = [
  ...['aggregate', 'count', 'distinct', 'delete', 'find', 'findAndModify', 'insert', 'update'],
  ...['create', 'createIndexes', 'collMod'],
];
const queryable = [
  'bulkWrite',
  'compactStructuredEncryptionData',
  'cleanupStructuredEncryptionData',
];
const refused = [
  ...['mapReduce', 'mapreduce', 'killOp', 'currentOp', 'eval', 'group', 'geoSearch', 'validate'],
  ...[
    'collStats',
    'dataSize',
    'planCacheSetFilter',
    'createUser',
    'configureFailPoint',
    'findandmodify',
  ],
  ...['Find', 'PING', 'Hello', 'getmore', '$find', 'constructor', '__proto__', ''],
];

const attempt = (command: Document) => classifyCommand(database, toBytes(command));

describe('the table of commands', () => {
  it.each(bypassed)('lets %s pass, the very same bytes, whatever is in it', (name) => {
    expect(commandAction(name)).toBe('bypass');
    for (const target of ['patients', 1, '', { x: 1 }]) {
      const command = { [name]: target, filter: { ssn: 901010001 }, payload: Buffer.from('x') };
      expect(passes(command)).toBe(true);
    }
  });

  it.each(analysed)('analyses %s, also on a collection without a schema', (name) => {
    expect(commandAction(name)).toBe('analyse');
    expect(attempt({ [name]: 'open' }).namespaces).toEqual([`${database}.open`]);
    expect(passes({ [name]: 'open', anything: { $where: 'x' } })).toBe(true);
  });

  it.each(analysed)('refuses %s on anything but a collection', (name) => {
    for (const target of [1, true, null, Long.ONE, {}, ['patients'], new ObjectId()]) {
      expect(() => attempt({ [name]: target })).toThrow(AnalysisError);
      expect(() => attempt({ [name]: target })).toThrow(
        `non-collection command not supported for auto encryption: ${name}`,
      );
      expect(() => attempt({ explain: { [name]: target } })).toThrow(
        /(non-collection )?command not supported for auto encryption: /,
      );
    }
    expect(() => attempt({ [name]: '' })).toThrow(`empty collection name on command: ${name}`);
  });

  it.each(refused)('refuses %s', (name) => {
    const bytes = serialize({ name: 1 });
    const command = renamed(bytes, name);
    const message = `command not supported for auto encryption: ${name}`;
    expect(() => classifyCommand(database, command)).toThrow(
      expect.objectContaining({ message }) as Error,
    );
  });

  it.each(queryable)('refuses %s as a command of Queryable Encryption', (name) => {
    expect(() => attempt({ [name]: 'patients' })).toThrow(
      `command not supported for auto encryption: ${name}: Queryable Encryption is not supported`,
    );
  });

  it('explains what reads or writes documents, and nothing else', () => {
    for (const name of analysed.slice(0, 8)) {
      expect(attempt({ explain: { [name]: 'patients' } }).namespaces).toEqual([
        `${database}.patients`,
      ]);
    }
    for (const name of ['ping', 'getMore', 'drop', 'create', 'collMod', 'mapReduce', 'explain']) {
      expect(() => attempt({ explain: { [name]: 'patients' } })).toThrow(
        `command not supported for auto encryption: explain ${name}`,
      );
    }
  });
});

/** A document of one field, with another name for it. */
function renamed(bytes: Uint8Array, name: string): Uint8Array {
  const value = bytes.subarray(4 + 1 + 'name'.length + 1);
  const named = Buffer.concat([bytes.subarray(0, 5), Buffer.from(`${name}\0`), value]);
  named.writeInt32LE(named.length);
  return named;
}

const session = { id: new ObjectId() };
const around = {
  comment: { why: ['x', 1.5] },
  let: { x: 5, y: 'text' },
  hint: { ssn: 1, name: -1 },
  readConcern: { level: 'majority', afterClusterTime: Timestamp.fromBits(1, 2) },
  writeConcern: { w: 'majority', wtimeout: 5 },
  maxTimeMS: Long.fromNumber(5000),
  bypassDocumentValidation: true,
  lsid: session,
  txnNumber: Long.fromNumber(7),
  autocommit: false,
  startTransaction: true,
  stmtIds: [1, 2],
  $db: database,
  $clusterTime: { clusterTime: Timestamp.fromBits(3, 4), signature: { hash: Buffer.alloc(20) } },
  $readPreference: { mode: 'secondaryPreferred', tags: [{ region: 'x' }] },
  apiVersion: '1',
  apiStrict: true,
  apiDeprecationErrors: true,
};
const filter = { ssn: 901010001 };
const set = { $set: { ssn: 901010002 } };
const commands: [string, Document][] = [
  ['find', { find: 'patients', filter, ...around, limit: 1, batchSize: 2, tailable: false }],
  ['aggregate', { aggregate: 'patients', pipeline: [{ $match: filter }], cursor: {}, ...around }],
  ['count', { count: 'patients', query: filter, skip: 1, ...around }],
  ['distinct', { distinct: 'patients', key: 'name', query: filter, ...around }],
  ['delete', { delete: 'patients', ordered: true, ...around, deletes: [{ q: filter, limit: 0 }] }],
  ['update', { update: 'patients', ...around, updates: [{ q: filter, u: set, multi: true }] }],
  [
    'findAndModify',
    { findAndModify: 'patients', query: filter, update: set, new: true, ...around },
  ],
  ['insert', { insert: 'patients', documents: [{ _id: 1, ...filter }], ...around }],
];

describe('around the markings', () => {
  it.each(commands)('every byte of %s is kept', (_name, command) => {
    const { hint, ...inStatements } = command;
    const statements = ['insert', 'update', 'delete'].includes(_name);
    const bytes = toBytes(statements ? inStatements : { ...inStatements, hint: hint as Document });
    const explained = toBytes({ explain: command, verbosity: 'executionStats', $db: database });
    for (const original of statements ? [bytes] : [bytes, explained]) {
      const { command: marked, hasPlaceholders } = analyseCommand(database, original, schemas());
      expect(hasPlaceholders).toBe(true);
      expect(Buffer.from(marked).equals(original)).toBe(false);
      expect(Buffer.from(withoutMarkings(marked))).toEqual(Buffer.from(original));
    }
  });

  it.each(commands)('nothing of %s changes without anything to encrypt', (_name, command) => {
    const [first = ''] = Object.keys(command);
    const open = { ...command, [first]: 'open' };
    expect(passes(open)).toBe(true);
    expect(passes({ explain: open, verbosity: 'allPlansExecution' })).toBe(true);
    expect(passes(command, new Map())).toBe(true);
  });
});
