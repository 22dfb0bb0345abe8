// Queryable Encryption is another scheme in the same package and subtype: each way into it gets one
// clear refusal, and nothing of it is passed on as if it were plaintext.
import { Binary, type Document, serialize } from 'bson';
import { describe, expect, it } from 'vitest';
import { ContextState } from '../context/index.ts';
import { MongoCrypt } from './mongocrypt.ts';
import type { MongoCryptContext } from './mongocrypt-context.ts';

const refusal = 'Queryable Encryption is not supported';
const kmsProviders = serialize({ local: { key: new Binary(Buffer.alloc(96, 1)) } });
const errorWrapper = (error: Error): Error => error;
const newMongoCrypt = (options: object = {}) =>
  new MongoCrypt({ kmsProviders, errorWrapper, ...options });
const crypt = newMongoCrypt();
const keyId = Buffer.alloc(16, 2);
const random = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';
const message = serialize({ v: 5 });
const encryptedFields = { fields: [{ path: 'a', bsonType: 'string' }] };

/** Answers `listCollections` with one collection, and tells what the context then says. */
function statusOf(context: MongoCryptContext, info?: Document): string {
  if (context.state === ContextState.MONGOCRYPT_CTX_NEED_MONGO_COLLINFO) {
    if (info) context.addMongoOperationResponse(serialize(info));
    context.finishMongoOperation();
  }
  return context.status.message ?? '';
}

function said(start: () => MongoCryptContext, info?: Document): string {
  try {
    return statusOf(start(), info);
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
}

describe('options of Queryable Encryption', () => {
  it.each([{}, { 'db.coll': encryptedFields }])('are refused: encryptedFieldsMap %j', (map) => {
    expect(() => newMongoCrypt({ encryptedFieldsMap: serialize(map) })).toThrow(refusal);
  });

  it.each([
    { algorithm: 'Indexed' },
    { algorithm: 'Unindexed' },
    { algorithm: 'Range' },
    { algorithm: 'TextPreview' },
    { algorithm: 'indexed' },
    { contentionFactor: 0 },
    { contentionFactor: 0n },
    { queryType: 'equality' },
    { rangeOptions: serialize({ min: 0, max: 5 }) },
    { textOptions: serialize({ prefix: {} }) },
    { expressionMode: true },
  ])('are refused in explicit encryption: %o', (options) => {
    const start = () =>
      crypt.makeExplicitEncryptionContext(message, {
        keyId,
        algorithm: random,
        expressionMode: false,
        ...options,
      });
    expect(said(start)).toContain(refusal);
  });

  it('do not stand in the way when they are left out', () => {
    const options = { keyId, algorithm: random, expressionMode: false };
    expect(said(() => crypt.makeExplicitEncryptionContext(message, options))).toBe('');
  });
});

const blob = (type: number): Binary => new Binary(Buffer.alloc(64, type), 6);
const blobTypes = Array.from({ length: 16 }, (_, index) => index + 3);

describe('blobs of Queryable Encryption', () => {
  it.each(blobTypes)('of type %i are refused in a reply, wherever they are', (type) => {
    for (const reply of [{ a: blob(type) }, { cursor: { firstBatch: [{ a: [blob(type)] }] } }]) {
      expect(said(() => crypt.makeDecryptionContext(serialize(reply)))).toContain(refusal);
    }
    const explicit = serialize({ v: blob(type) });
    expect(said(() => crypt.makeExplicitDecryptionContext(explicit))).toContain(refusal);
  });

  it.each(blobTypes)('of type %i are refused in a command', (type) => {
    const command = serialize({ insert: 'coll', documents: [{ a: { b: blob(type) } }] });
    expect(said(() => crypt.makeEncryptionContext('db', command))).toContain(refusal);
  });
});

describe('collections and commands of Queryable Encryption', () => {
  const find = { find: 'coll', filter: { a: 1 } };

  it('are refused when the server lists the collection with encryptedFields', () => {
    const info = { name: 'coll', type: 'collection', options: { encryptedFields } };
    const start = () => newMongoCrypt().makeEncryptionContext('db', serialize(find));
    expect(said(start, info)).toContain(refusal);
    expect(said(start)).toBe('');
  });

  it.each<Document>([
    { create: 'coll', encryptedFields },
    { collMod: 'coll', encryptedFields },
    { compactStructuredEncryptionData: 'coll' },
    { cleanupStructuredEncryptionData: 'coll' },
    { bulkWrite: 1, ops: [], nsInfo: [{ ns: 'db.coll', encryptionInformation: {} }] },
    { ...find, encryptionInformation: { type: 1, schema: {} } },
    { find: 'coll', filter: { __safeContent__: { $exists: true } } },
    { insert: 'coll', documents: [{ a: 1, __safeContent__: [] }] },
    { update: 'coll', updates: [{ q: {}, u: { $set: { a: { __safeContent__: [] } } } }] },
  ])('are refused: %j', (command) => {
    const start = () => newMongoCrypt().makeEncryptionContext('db', serialize(command));
    expect(said(start)).toContain(refusal);
  });

  it('are not seen in names that only look like theirs', () => {
    const command = {
      insert: 'coll',
      documents: [{ encryptionInformation: 1, safeContent: '__safeContent__' }],
    };
    expect(said(() => newMongoCrypt().makeEncryptionContext('db', serialize(command)))).toBe('');
  });
});
