// Test inputs of layer analysis: the collections of random worlds twice on the server under test, once
// encrypted through the official driver and once in clear, and a judge that compares their answers.
import type { Binary } from 'bson';
import {
  ClientEncryption,
  type Db,
  type Document,
  MongoClient,
  type MongoClientOptions,
} from 'mongodb';
import { expect } from 'vitest';
import { testServerKind, testServerUri, uniqueName } from '../../../testing/server.ts';
import { comparable, readable } from './answers.ts';
import { secretNeedles } from './constants.ts';
import type { Reading } from './random-pipelines.ts';
import { tapWire, type WireTap } from './wire-tap.ts';
import { keyNames, type Place, withKeys, type World } from './worlds.ts';

const kmsProviders = { local: { key: Buffer.alloc(96, 9) } };
const exactTypes = { promoteValues: false, promoteLongs: false, bsonRegExp: true } as const;

type Answer =
  | { readonly kind: 'documents'; readonly documents: readonly unknown[] }
  | { readonly kind: 'refused' | 'server error'; readonly code: string; readonly message: string };

/** `unsupported`: the server has refused it on both sides. */
export interface Verdict {
  readonly outcome: 'accepted' | 'refused' | 'unsupported';
  readonly reason?: string;
}

export interface Twins {
  /** Throws an assertion error when the answers differ, or when a secret was sent. */
  readonly judge: (
    reading: Pick<Reading, 'command' | 'scrambled' | 'looseArrays'>,
  ) => Promise<Verdict>;
  /** Whether the server answers a command in clear. */
  readonly answers: (command: Document) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

/** Whether query analysis is the cause: a failed decryption is an answer, and a wrong one. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AnalysisError' || isRefusal(error.cause));
}

async function ask(database: Db, command: Document): Promise<Answer> {
  try {
    const cursor = 'aggregate' in command ? { cursor: {} } : {};
    const reply = await database.command({ ...command, ...cursor }, exactTypes);
    const documents = (reply['values'] ?? (reply['cursor'] as Document)['firstBatch']) as unknown[];
    return { kind: 'documents', documents };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = 'code' in error ? String(error.code) : error.name;
    return { kind: isRefusal(error) ? 'refused' : 'server error', code, message: error.message };
  }
}

/** Either documents, or which error; its words may name a value by its ciphertext. */
const outcomeOf = (answer: Answer): string =>
  answer.kind === 'documents' ? 'documents' : `${answer.kind} ${answer.code}`;

function expectNoSecret(sent: Buffer): void {
  const leaked = secretNeedles.filter((needle) => sent.includes(needle));
  expect(leaked.map((needle) => needle.toString('latin1'))).toEqual([]);
}

/**
 * FerretDB 2.7 with DocumentDB 1.0: its database process dies of a stage after `$redact` and of an empty
 * object in the projection of `find`, on plaintext too, and takes everybody's connections with it.
 */
function endsTheServer(command: Document): boolean {
  if (testServerKind() !== 'ferretdb') return false;
  const pipeline = (command['pipeline'] ?? []) as Document[];
  const last = pipeline.at(-1) ?? {};
  const redacts = JSON.stringify('$redact' in last ? pipeline.slice(0, -1) : pipeline);
  const projection: unknown = command['projection'] ?? null;
  return redacts.includes('"$redact"') || JSON.stringify(projection).includes('{}');
}

/**
 * DocumentDB does not keep the order of an earlier `$sort` where an accumulator reads it, on plaintext
 * either: which document is the first of a group is then any of them. For random documents alone: those
 * of the traps are stored in their order.
 */
export function losesOrder(command: Document): boolean {
  if (testServerKind() !== 'ferretdb') return false;
  const pipeline = JSON.stringify(command['pipeline'] ?? []);
  return (
    /"\$(first|last|mergeObjects)"/.test(pipeline) && /"\$(group|bucket|bucketAuto)"/.test(pipeline)
  );
}

async function judged(
  { tap, sealed, open }: { tap: WireTap; sealed: Db; open: Db },
  { command, scrambled, looseArrays }: Pick<Reading, 'command' | 'scrambled' | 'looseArrays'>,
): Promise<Verdict> {
  if (endsTheServer(command)) return { outcome: 'unsupported' };
  tap.take();
  const found = await ask(sealed, command);
  expectNoSecret(tap.take());
  if (found.kind === 'refused') return { outcome: 'refused', reason: found.message };
  const wanted = await ask(open, command);
  if (found.kind !== 'documents' || wanted.kind !== 'documents') {
    expect(outcomeOf(found), JSON.stringify([found, wanted])).toBe(outcomeOf(wanted));
    return { outcome: 'unsupported' };
  }
  const how = { inOrder: !scrambled && testServerKind() === 'embedded', looseArrays };
  const [left, right] = [comparable(found.documents, how), comparable(wanted.documents, how)];
  const differing = left.findIndex((each, i) => each !== right[i]);
  expect({ length: left.length, document: readable(left[differing]) }).toEqual({
    length: right.length,
    document: readable(right[differing]),
  });
  // The same in words, but not in bytes: a type has changed.
  expect(left[differing]).toEqual(right[differing]);
  return { outcome: 'accepted' };
}

async function fill(database: Db, { name, rows }: Place): Promise<void> {
  await database.collection(name).insertMany(rows.map((row) => ({ ...row })));
}

/** Fills both sides with the rows of the worlds; `close` drops them again. */
export async function openTwins(worlds: readonly World[]): Promise<Twins> {
  const names = {
    sealed: uniqueName('sealed'),
    open: uniqueName('open'),
    keys: uniqueName('keys'),
  };
  const keyVaultNamespace = `${names.keys}.vault`;
  const connected = (uri: string, options: MongoClientOptions = {}) =>
    new MongoClient(uri, { ...options, ...exactTypes }).connect();
  const plain = await connected(testServerUri());
  const encryption = new ClientEncryption(plain, { keyVaultNamespace, kmsProviders });
  const keyIds: Record<string, Binary> = {};
  for (const name of keyNames) keyIds[name] = await encryption.createDataKey('local');
  const places = worlds.flatMap(({ left, right }) => [left, right]);
  const schemaMap = Object.fromEntries(
    places.map(({ name, schema }) => [`${names.sealed}.${name}`, withKeys(schema, keyIds)]),
  );
  const tap = await tapWire(testServerUri());
  const client = await connected(tap.uri, {
    autoEncryption: { keyVaultNamespace, kmsProviders, schemaMap },
  });
  const sides = { tap, sealed: client.db(names.sealed), open: plain.db(names.open) };
  for (const place of places) {
    await fill(sides.open, place);
    await fill(sides.sealed, place);
  }
  expectNoSecret(tap.take());
  return {
    judge: (reading) => judged(sides, reading),
    answers: async (command) => (await ask(sides.open, command)).kind === 'documents',
    close: async () => {
      for (const name of Object.values(names)) await plain.db(name).dropDatabase();
      await Promise.all([client.close(), plain.close()]);
      await tap.close();
    },
  };
}
