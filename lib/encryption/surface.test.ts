// Pins the drop-in surface to what mongodb-client-encryption 7.2.1 publishes in lib/index.d.ts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Binary, deserialize, serialize } from 'bson';
import { describe, expect, it } from 'vitest';
import * as surface from './index.ts';
import { masterKey } from './testing/drive.ts';

interface Manifest {
  version: string;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

class Wrapped extends Error {}
const errorWrapper = (error: Error) => new Wrapped(error.message, { cause: error });
const kmsProviders = serialize({ local: { key: masterKey } });
const create = (options: object = {}) =>
  new surface.MongoCrypt({ kmsProviders, errorWrapper, ...options });

/** Own methods of a prototype with their arities; accessors as 'get'. */
function shapeOf(prototype: object): Record<string, number | 'get'> {
  const properties = Object.entries(Object.getOwnPropertyDescriptors(prototype));
  return Object.fromEntries(
    properties
      .filter(([name]) => name !== 'constructor')
      .map(([name, property]) => [
        name,
        property.get ? 'get' : (property.value as (...args: never[]) => unknown).length,
      ]),
  );
}

describe('the drop-in surface', () => {
  it('exports exactly the official names', () => {
    expect(Object.keys(surface).sort()).toEqual([
      'MongoCrypt',
      'MongoCryptContext',
      'cryptoCallbacks',
    ]);
  });

  it('has the methods, accessors and arities of MongoCrypt', () => {
    expect(surface.MongoCrypt).toHaveLength(1);
    expect(surface.MongoCrypt.libmongocryptVersion).toMatch(/^\d+\.\d+\.\d+/);
    expect(shapeOf(surface.MongoCrypt.prototype)).toEqual({
      makeEncryptionContext: 2,
      makeExplicitEncryptionContext: 2,
      makeDecryptionContext: 1,
      makeExplicitDecryptionContext: 1,
      makeDataKeyContext: 2,
      makeRewrapManyDataKeyContext: 2,
      status: 'get',
    });
  });

  it('has the methods, accessors and arities of MongoCryptContext', () => {
    expect(surface.MongoCryptContext).toHaveLength(2);
    expect(shapeOf(surface.MongoCryptContext.prototype)).toEqual({
      nextMongoOperation: 0,
      addMongoOperationResponse: 1,
      finishMongoOperation: 0,
      nextKMSRequest: 0,
      provideKMSProviders: 1,
      finishKMSRequests: 0,
      finalize: 0,
      status: 'get',
      state: 'get',
    });
  });

  it('has the hooks of cryptoCallbacks with their arities', () => {
    const arities = Object.entries(surface.cryptoCallbacks).map(([name, hook]) => [
      name,
      hook.length,
    ]);
    expect(Object.fromEntries(arities)).toEqual({
      randomHook: 2,
      sha256Hook: 2,
      signRsaSha256Hook: 3,
      aes256CbcEncryptHook: 4,
      aes256CbcDecryptHook: 4,
      aes256CtrEncryptHook: 4,
      aes256CtrDecryptHook: 4,
      hmacSha512Hook: 3,
      hmacSha256Hook: 3,
    });
  });

  it('is a package of the version that the driver asks for, with nothing to install or compile', () => {
    const read = (path: string) =>
      JSON.parse(readFileSync(join(import.meta.dirname, path), 'utf8')) as Manifest;
    const own = read('package.json');
    const driver = read('../../node_modules/mongodb/package.json');
    const wanted = driver.peerDependencies?.['mongodb-client-encryption'] ?? '';
    expect(wanted).toMatch(/^\^7\.2\./);
    const [wantedMinor, ownMinor] = [wanted.slice(1), own.version].map((version) =>
      version.split('.').map(Number),
    );
    expect(ownMinor?.[0]).toBe(wantedMinor?.[0]);
    expect(ownMinor?.[1]).toBeGreaterThanOrEqual(wantedMinor?.[1] ?? Infinity);
    expect(Object.keys(own.scripts ?? {}).filter((name) => /install|^prepare$/.test(name))).toEqual(
      [],
    );
    expect(own.dependencies).toBeUndefined();
  });

  it('reports a shared library version, so that the driver never spawns mongocryptd', () => {
    const info = create().cryptSharedLibVersionInfo;
    expect(typeof info?.version).toBe('bigint');
    expect(typeof info?.versionStr).toBe('string');
    expect(create({ bypassQueryAnalysis: true }).cryptSharedLibVersionInfo).not.toBeNull();
  });

  it('has hooks that report failure as a value and round-trip otherwise', () => {
    const { aes256CbcEncryptHook, aes256CbcDecryptHook, sha256Hook } = surface.cryptoCallbacks;
    const [key, iv, block] = [Buffer.alloc(32), Buffer.alloc(16), Buffer.alloc(16, 5)];
    const [sealed, opened] = [Buffer.alloc(16), Buffer.alloc(16)];
    expect(aes256CbcEncryptHook(key, iv, block, sealed)).toBe(16);
    expect(aes256CbcDecryptHook(key, iv, sealed, opened)).toBe(16);
    expect(opened).toEqual(block);
    expect(sha256Hook(block, Buffer.alloc(32))).toBe(32);
    expect(aes256CbcEncryptHook(Buffer.alloc(3), iv, block, sealed)).toBeInstanceOf(Error);
  });
});

describe('options of MongoCrypt', () => {
  it.each([
    ['a negative keyExpirationMS', { keyExpirationMS: -1 }, 'must be a non-negative number'],
    ['a keyExpirationMS that is no number', { keyExpirationMS: 'x' }, 'must be a non-negative'],
    ['kmsProviders that are no bytes', { kmsProviders: {} }, 'Expected `kmsProviders`'],
    ['a schemaMap that is no bytes', { schemaMap: {} }, 'Expected `schemaMap`'],
    [
      'a schemaMap key without database',
      { schemaMap: serialize({ a: {} }) },
      'database.collection',
    ],
    ['a schema that is no document', { schemaMap: serialize({ 'a.b': 1 }) }, 'to be a document'],
    ['an encryptedFieldsMap', { encryptedFieldsMap: serialize({}) }, 'Queryable Encryption'],
    ['a logger that is no function', { logger: 1 }, 'Option `logger` must be a function'],
  ])('refuses %s', (_, options, message) => {
    expect(() => create(options)).toThrow(message);
    // As in the official package, the wrapper is for contexts only.
    expect(() => create(options)).not.toThrow(Wrapped);
  });

  it('ignores the paths of the shared library, and says so to the logger', () => {
    const logged: unknown[] = [];
    const logger = (...entry: unknown[]) => logged.push(entry);
    create({ cryptSharedLibPath: '/nowhere/mongo_crypt_v1.so', logger });
    expect(logged).toEqual([[2, '`cryptSharedLibPath` is ignored: query analysis is in-process']]);
    expect(() => create({ cryptSharedLibSearchPaths: ['$SYSTEM'] })).not.toThrow();
  });

  it('reports schemas that cannot work to the logger at once, and fails commands, not the client', () => {
    const logged: unknown[] = [];
    const logger = (...entry: unknown[]) => logged.push(entry);
    const wrong = { bsonType: 'object', properties: { a: { encrypt: { keyId: ['x'] } } } };
    const schemaMap = serialize({ 'm.a': wrong, 'm.b': { bsonType: 'object' } });
    const crypt = create({ schemaMap, logger });
    expect(logged).toEqual([
      [1, expect.stringContaining('`$.properties.a.encrypt.keyId`: Array elements must have type')],
      [2, 'The schema of `m.b` in `schemaMap` encrypts no field'],
    ]);
    const find = (collection: string) =>
      crypt.makeEncryptionContext('m', serialize({ find: collection }));
    expect(() => find('a')).toThrow("Invalid schema containing the 'encrypt' keyword.");
    expect(find('b').state).toBe(5);
    expect(() => create({ schemaMap })).not.toThrow();
  });

  it('shows no keys when an instance is printed', async () => {
    const { inspect } = await import('node:util');
    const shown = inspect(create(), { depth: 20, showHidden: true });
    expect(shown).not.toContain('07 07 07');
    expect(shown).not.toMatch(/kmsProviders|keyCache/);
  });
});

describe('contexts', () => {
  it('throw what fails at once through errorWrapper, with the cause', () => {
    const value = serialize({ v: 1 });
    const make = () => create().makeExplicitEncryptionContext(value, { expressionMode: false });
    expect(make).toThrow(Wrapped);
    expect(make).toThrow(
      expect.objectContaining({
        message: 'either key id or key alt name required',
        cause: expect.objectContaining({ code: 'option' }) as unknown,
      }) as Error,
    );
    expect(() => create().makeExplicitEncryptionContext(value)).toThrow(
      'option `expressionMode` is required',
    );
    expect(() => create().makeDecryptionContext({} as Uint8Array)).toThrow('to be a Uint8Array');
  });

  it('are not frozen: the driver assigns id, ns and document', () => {
    const context = create().makeDecryptionContext(serialize({ a: 1 }));
    expect(Object.assign(context, { id: 1, ns: 'a.b', document: {} }).id).toBe(1);
  });

  it('report an error that comes later as state 0 with a status', () => {
    const blob = new Binary(Buffer.concat([Buffer.of(1), Buffer.alloc(81, 2)]), 6);
    const context = create().makeDecryptionContext(serialize({ a: blob }));
    expect(context.state).toBe(3);
    context.finishMongoOperation();
    expect(context.state).toBe(0);
    expect(context.status.message).toMatch(/^not all keys requested were satisfied/);
  });

  it('make data keys, encrypt and decrypt from the outside in', () => {
    const crypt = create();
    const document = crypt
      .makeDataKeyContext(serialize({ provider: 'local' }), { keyAltNames: undefined })
      .finalize();
    const { _id: id } = deserialize(document) as { _id: Binary };
    const encryption = crypt.makeExplicitEncryptionContext(serialize({ v: 'x' }), {
      keyId: id.buffer,
      algorithm: 'AEAD_AES_256_CBC_HMAC_SHA_512-Random',
      expressionMode: false,
    });
    encryption.addMongoOperationResponse(document);
    encryption.finishMongoOperation();
    const decryption = crypt.makeExplicitDecryptionContext(encryption.finalize());
    expect(decryption.state).toBe(5);
    expect(deserialize(decryption.finalize())).toEqual({ v: 'x' });
  });

  it('name no value and no key in any error, nor in its cause', () => {
    const planted = 'unmistakable';
    const crypt = create();
    const attempts = [
      () => crypt.makeEncryptionContext('m', serialize({ x: planted })),
      () => crypt.makeEncryptionContext('m', serialize({ find: 'a', filter: planted })).status,
      () =>
        crypt.makeExplicitEncryptionContext(serialize({ v: { planted } }), {
          keyId: Buffer.alloc(16),
          algorithm: 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic',
          expressionMode: false,
        }),
      () => crypt.makeExplicitDecryptionContext(serialize({ v: planted })),
      () => crypt.makeDecryptionContext(serialize({ v: new Binary(Buffer.from(planted), 6) })),
      () => create({ kmsProviders: serialize({ local: { key: planted } }) }),
    ];
    const said = attempts.map((attempt) => {
      try {
        attempt();
        return '';
      } catch (error) {
        const { message, cause } = error as Error;
        return `${message} ${String(cause)}`;
      }
    });
    expect(said.filter((message) => message !== '').length).toBeGreaterThanOrEqual(4);
    expect(said.join()).not.toContain(planted);
  });
});
