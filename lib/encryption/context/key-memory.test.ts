// Unwrapped keys, followed through whole operations: when one is over, each copy is zero, whether it
// succeeded or failed, and wherever.
import { Binary, serialize, UUID } from 'bson';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { encryptValue, parseKeyDocument, serializeKeyDocument } from '../format/index.ts';
import { KmsProviders } from '../kms/index.ts';
import { sampleValue } from '../testing/documents.ts';
import { makeKey, masterKey, run, testEngine } from '../testing/drive.ts';
import { Context } from './context.ts';
import { createDataKey, rewrapManyDataKey } from './data-key.ts';
import { decryptReply } from './decrypt.ts';
import type { Engine } from './engine.ts';
import { ContextState } from './steps.ts';

const material = Buffer.alloc(96, 9);
const maker = testEngine();
const keys = [0, 1, 2].map(() => makeKey(maker, { keyMaterial: material }));
const idOf = (key: Uint8Array): Uint8Array => parseKeyDocument(key).keyId;
const sealedUnder = (key: Uint8Array): Binary =>
  new Binary(encryptValue('Random', idOf(key), material, sampleValue('string')), 6);
const reply = serialize({ v: keys.map(sealedUnder) });

function changed(key: Uint8Array, at: number): Uint8Array {
  const copy = Buffer.from(key);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
/** The last bytes of `keyMaterial`: its tag. */
const damaged = (key: Uint8Array): Uint8Array =>
  changed(key, Buffer.from(key).indexOf('creationDate') - 3);

/** What the local provider hands out, as it is when looked at. */
function unwrappedBy(engine: Engine): () => Buffer[] {
  const unwrap = vi.spyOn(engine.kmsProviders.get('local'), 'unwrap');
  return () =>
    unwrap.mock.results.filter(({ type }) => type === 'return').map(({ value }) => value as Buffer);
}

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

afterEach(() => {
  vi.restoreAllMocks();
});

describe('unwrapped keys are zero', () => {
  it('when a reply has been decrypted', () => {
    const engine = testEngine();
    const handedOut = unwrappedBy(engine);
    run(decryptReply(engine, reply), { keys });
    expect(handedOut()).toHaveLength(3);
    expect(handedOut().every(isZero)).toBe(true);
    expect(engine.keyCache.getById(idOf(keys[0] ?? Buffer.alloc(0)))?.material).toEqual(material);
  });

  it.each<[string, readonly Uint8Array[], number]>([
    ['another key cannot be unwrapped', [...keys.slice(0, 2), ...keys.slice(2).map(damaged)], 2],
    ['another key is missing', keys.slice(0, 2), 2],
    ['two keys answer one request', [...keys.slice(0, 1), makeTwin(), ...keys.slice(1)], 4],
  ])('when the operation fails because %s', (_, answer, count) => {
    const engine = testEngine();
    const handedOut = unwrappedBy(engine);
    expect(() => run(decryptReply(engine, reply), { keys: answer })).toThrow();
    expect(handedOut()).toHaveLength(count);
    expect(handedOut().every(isZero)).toBe(true);
  });

  it('when a KMS refuses another key', () => {
    const gcp = { provider: 'gcp', projectId: 'p', location: 'l', keyRing: 'r', keyName: 'k' };
    const kmsProviders = new KmsProviders(
      serialize({ local: { key: masterKey }, gcp: { accessToken: 't' } }),
    );
    const engine = { ...testEngine(), kmsProviders };
    const handedOut = unwrappedBy(engine);
    const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = keys;
    const distant = serializeKeyDocument(
      { ...parseKeyDocument(second), masterKey: serialize(gcp) },
      new Date(),
    );
    const context = new Context(decryptReply(engine, reply));
    for (const key of [first, distant]) context.addMongoOperationResponse(key);
    context.finishMongoOperation();
    expect(handedOut().map(isZero)).toEqual([false]);
    const refused = 'HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\n{}';
    context.nextKMSRequest()?.addResponse(Buffer.from(refused));
    context.finishKMSRequests();
    expect(context.status.message).toContain('HTTP status 403');
    expect(handedOut().map(isZero)).toEqual([true]);
  });

  it('when a ciphertext is damaged', () => {
    const engine = testEngine();
    const handedOut = unwrappedBy(engine);
    const bad = changed(reply, reply.length - 10);
    expect(() => run(decryptReply(engine, bad), { keys })).toThrow('HMAC validation failure');
    expect(handedOut()).toHaveLength(3);
    expect(handedOut().every(isZero)).toBe(true);
  });

  it('when they have been wrapped anew', () => {
    const engine = testEngine();
    const handedOut = unwrappedBy(engine);
    run(rewrapManyDataKey(engine, serialize({}), undefined), { keys });
    expect(handedOut()).toHaveLength(3);
    expect(handedOut().every(isZero)).toBe(true);
  });

  it('when they could not all be wrapped anew', () => {
    const engine = testEngine();
    const handedOut = unwrappedBy(engine);
    const answer = [...keys.slice(0, 2), ...keys.slice(2).map(damaged)];
    const rewrap = () => run(rewrapManyDataKey(engine, serialize({}), undefined), { keys: answer });
    expect(rewrap).toThrow('HMAC validation failure');
    expect(handedOut()).toHaveLength(2);
    expect(handedOut().every(isZero)).toBe(true);
  });
});

/** Another key under the first one's id. */
function makeTwin(): Uint8Array {
  const [first = Buffer.alloc(0)] = keys;
  const other = makeKey(maker, { keyMaterial: Buffer.alloc(96, 8) });
  const twin = Buffer.from(other);
  twin.set(idOf(first), twin.indexOf(idOf(other)));
  return twin;
}

describe('new key material is zero', () => {
  it('when the key document is made, given or random', () => {
    for (const keyMaterial of [undefined, serialize({ keyMaterial: new Binary(material) })]) {
      const engine = testEngine();
      const wrap = vi.spyOn(engine.kmsProviders.get('local'), 'wrap');
      run(createDataKey(engine, serialize({ provider: 'local' }), { keyMaterial }));
      expect(isZero(wrap.mock.calls[0]?.[0] ?? material)).toBe(true);
    }
  });

  it('when the KMS refuses it', () => {
    const engine = {
      ...testEngine(),
      kmsProviders: new KmsProviders(serialize({ gcp: { accessToken: 't' } })),
    };
    const wrap = vi.spyOn(engine.kmsProviders.get('gcp'), 'wrap');
    const options = { provider: 'gcp', projectId: 'p', location: 'l', keyRing: 'r', keyName: 'k' };
    const context = new Context(createDataKey(engine, serialize(options), {}));
    expect(isZero(wrap.mock.calls[0]?.[0] ?? material)).toBe(false);
    const answer = 'HTTP/1.1 400 No\r\nContent-Length: 2\r\n\r\n{}';
    context.nextKMSRequest()?.addResponse(Buffer.from(answer));
    context.finishKMSRequests();
    expect(context.state).toBe(ContextState.MONGOCRYPT_CTX_ERROR);
    expect(isZero(wrap.mock.calls[0]?.[0] ?? material)).toBe(true);
  });
});

describe('a copy of credentials is zero', () => {
  it('when the providers have read it; the caller’s own bytes stay', () => {
    const engine = { ...testEngine(), kmsProviders: new KmsProviders(serialize({ aws: {} })) };
    const read = vi.spyOn(engine.kmsProviders, 'withCredentials');
    const masterKeyOptions = serialize({ provider: 'aws', region: 'r', key: 'k' });
    const context = new Context(createDataKey(engine, masterKeyOptions, {}));
    const given = serialize({ aws: { accessKeyId: 'a', secretAccessKey: 's' } });
    const before = Buffer.from(given);
    context.provideKMSProviders(given);
    expect(context.state).toBe(ContextState.MONGOCRYPT_CTX_NEED_KMS);
    expect(isZero(read.mock.calls[0]?.[0] ?? given)).toBe(true);
    expect(Buffer.from(given)).toEqual(before);
  });
});

describe('several keys of one operation', () => {
  it('come with one question, each asked for once', () => {
    const twice = serialize({ v: [...keys, ...keys].map(sealedUnder) });
    const { filters, states } = run(decryptReply(testEngine(), twice), { keys });
    expect(filters).toHaveLength(1);
    expect(states).toEqual([
      ContextState.MONGOCRYPT_CTX_NEED_MONGO_KEYS,
      ContextState.MONGOCRYPT_CTX_READY,
    ]);
    const [filter = Buffer.alloc(0)] = filters;
    for (const key of keys) {
      const id = Buffer.from(idOf(key));
      expect(filter.indexOf(id)).toBeGreaterThan(0);
      expect(filter.indexOf(id)).toBe(filter.lastIndexOf(id));
    }
  });

  it('may come with others, twice, or in any order', () => {
    const plain = run(decryptReply(testEngine(), reply), { keys }).output;
    const strange = makeKey(maker, { keyMaterial: Buffer.alloc(96, 3) });
    const answers = [...keys].reverse().flatMap((key) => [key, strange, key]);
    expect(run(decryptReply(testEngine(), reply), { keys: answers }).output).toEqual(plain);
  });

  it('are an error when the answer is empty, as an array or at all', () => {
    for (const answer of [[], [serialize({ v: [] })]]) {
      expect(() => run(decryptReply(testEngine(), reply), { keys: answer })).toThrow();
    }
  });

  it('are fetched by two operations at once without harm to each other', () => {
    const engine = testEngine();
    const contexts = [0, 1].map(() => new Context(decryptReply(engine, reply)));
    const [one, two] = contexts;
    if (!one || !two) throw new TypeError('Expected two contexts');
    for (const context of [one, two]) context.nextMongoOperation();
    for (const key of keys)
      for (const context of [two, one]) context.addMongoOperationResponse(key);
    one.finishMongoOperation();
    const first = one.finalize();
    two.finishMongoOperation();
    expect(two.finalize()).toEqual(first);
    expect(first.length).toBeGreaterThan(0);
  });

  it('are asked for again when they expired, and not before', () => {
    const engine = testEngine({ keyExpirationMS: 1000 });
    const asked = () => run(decryptReply(engine, reply), { keys }).filters.length;
    expect(asked()).toBe(1);
    engine.clock.now = 999;
    expect(asked()).toBe(0);
    engine.clock.now = 1000;
    expect(asked()).toBe(1);
    engine.keyCache.clear();
  });
});

describe('the id of a key', () => {
  it('is asked for as a UUID', () => {
    const { filters } = run(decryptReply(testEngine(), reply), { keys });
    const [first = Buffer.alloc(0)] = keys;
    const expected = Buffer.from(serialize({ a: new UUID(idOf(first)) }).subarray(7, -1));
    expect(filters[0]?.includes(expected)).toBe(true);
  });
});
