import { Binary, deserialize, serialize } from 'bson';
import { describe, expect, it } from 'vitest';
import type { BsonTypeName } from '../bytes/index.ts';
import { parseKeyDocument } from '../format/index.ts';
import { sampleMessage, typeNames } from '../testing/documents.ts';
import { makeKey, run, testEngine } from '../testing/drive.ts';
import {
  decryptExplicitly,
  encryptExplicitly,
  type ExplicitEncryptionOptions,
} from './explicit.ts';

const algorithms = {
  Deterministic: 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic',
  Random: 'AEAD_AES_256_CBC_HMAC_SHA_512-Random',
};
const engine = testEngine();
const key = makeKey(engine, { keyAltNames: ['patient'] });
const { keyId } = parseKeyDocument(key);
const keyAltName = serialize({ keyAltName: 'patient' });
const encrypt = (message: Uint8Array, options: Partial<ExplicitEncryptionOptions> = {}) =>
  run(
    encryptExplicitly(testEngine(), message, {
      keyId,
      algorithm: algorithms.Random,
      expressionMode: false,
      ...options,
    }),
    { keys: [key] },
  ).output;
const decrypt = (message: Uint8Array) =>
  run(decryptExplicitly(testEngine(), message), { keys: [key] }).output;

const never: BsonTypeName[] = ['undefined', 'null', 'minKey', 'maxKey'];
const randomOnly: BsonTypeName[] = [
  'double',
  'decimal',
  'bool',
  'object',
  'array',
  'javascriptWithScope',
];

describe('explicit encryption', () => {
  it.each(typeNames.filter((name) => !never.includes(name)))('returns a %s (Random)', (name) => {
    const message = sampleMessage(name);
    expect(decrypt(encrypt(message))).toEqual(Buffer.from(message));
  });

  it.each(typeNames.filter((name) => !never.includes(name) && !randomOnly.includes(name)))(
    'returns a %s (Deterministic), the same blob each time',
    (name) => {
      const message = sampleMessage(name);
      const options = { algorithm: algorithms.Deterministic };
      expect(decrypt(encrypt(message, options))).toEqual(Buffer.from(message));
      expect(encrypt(message, options)).toEqual(encrypt(message, options));
    },
  );

  it('finds the key by alt name too', () => {
    const options = { algorithm: algorithms.Deterministic };
    const byName = encrypt(sampleMessage('int'), { ...options, keyId: undefined, keyAltName });
    expect(byName).toEqual(encrypt(sampleMessage('int'), options));
  });

  it('writes BinData subtype 6 and nothing of the plaintext', () => {
    const output = encrypt(serialize({ v: 'Jon Doe was here' }));
    expect((deserialize(output) as { v: Binary }).v.sub_type).toBe(6);
    expect(output.includes('Jon Doe')).toBe(false);
  });

  it('asks the key vault once, then not again until the key expires', () => {
    const shared = testEngine({ keyExpirationMS: 100 });
    const states = () =>
      run(
        encryptExplicitly(shared, sampleMessage('int'), {
          keyId,
          algorithm: algorithms.Random,
          expressionMode: false,
        }),
        { keys: [key] },
      ).states;
    expect(states()).toEqual([3, 5]);
    expect(states()).toEqual([5]);
    shared.clock.now = 100;
    expect(states()).toEqual([3, 5]);
  });

  it.each<[string, Partial<ExplicitEncryptionOptions>, string]>([
    ['no key', { keyId: undefined }, 'either key id or key alt name required'],
    ['two keys', { keyAltName }, 'cannot have both key id and key alt name'],
    ['a key id of another length', { keyId: Buffer.alloc(12) }, 'to be a UUID of 16 bytes, got 12'],
    [
      'an alt name that is no string',
      { keyId: undefined, keyAltName: serialize({ keyAltName: 1 }) },
      'Expected `keyAltName` to be a string, got int',
    ],
    [
      'an empty alt name',
      { keyId: undefined, keyAltName: serialize({ keyAltName: '' }) },
      'Expected `keyAltName` not to be empty',
    ],
    [
      'a document without alt name',
      { keyId: undefined, keyAltName: serialize({}) },
      'Expected `keyAltName` to be a string, got none',
    ],
    [
      'another field beside the alt name',
      { keyId: undefined, keyAltName: serialize({ keyAltName: 'a', other: 1 }) },
      "Unexpected field: 'other' in `keyAltName`",
    ],
    [
      'another field instead of the alt name',
      { keyId: undefined, keyAltName: serialize({ other: 'patient' }) },
      "Unexpected field: 'other' in `keyAltName`",
    ],
    ['an empty key id', { keyId: Buffer.alloc(0) }, 'to be a UUID of 16 bytes, got 0'],
    ['range options', { rangeOptions: serialize({}) }, 'Queryable Encryption is not supported'],
    ['text options', { textOptions: serialize({}) }, 'Queryable Encryption is not supported'],
    ['algorithm Unindexed', { algorithm: 'Unindexed' }, 'Queryable Encryption is not supported'],
    [
      'algorithm TextPreview',
      { algorithm: 'TextPreview' },
      'Queryable Encryption is not supported',
    ],
    ['no algorithm', { algorithm: undefined }, 'Expected the option `algorithm`'],
    ['an unknown algorithm', { algorithm: 'AES' }, 'Expected `algorithm` to be'],
    ['algorithm Indexed', { algorithm: 'Indexed' }, 'Queryable Encryption is not supported'],
    ['algorithm Range', { algorithm: 'Range' }, 'Queryable Encryption is not supported'],
    ['a query type', { queryType: 'equality' }, 'Queryable Encryption is not supported'],
    ['a contention factor', { contentionFactor: 0 }, 'Queryable Encryption is not supported'],
    ['an expression', { expressionMode: true }, 'Queryable Encryption is not supported'],
  ])('refuses %s', (_, options, message) => {
    expect(() => encrypt(sampleMessage('int'), options)).toThrow(message);
  });

  it.each(never)('refuses %s', (name) => {
    expect(() => encrypt(sampleMessage(name))).toThrow('BSON type invalid for encryption');
  });

  it.each(randomOnly)('refuses %s when deterministic', (name) => {
    expect(() => encrypt(sampleMessage(name), { algorithm: algorithms.Deterministic })).toThrow(
      'BSON type invalid for deterministic encryption',
    );
  });

  it('refuses a value that is already encrypted', () => {
    expect(() => encrypt(encrypt(sampleMessage('int')))).toThrow(
      'BSON binary subtype 6 is invalid for encryption',
    );
  });

  it('refuses a document without `v`', () => {
    expect(() => encrypt(serialize({}))).toThrow('with the field `v`');
  });
});

describe('explicit decryption', () => {
  it('refuses what is not BinData subtype 6', () => {
    expect(() => decrypt(serialize({ v: new Binary(Buffer.alloc(40), 0) }))).toThrow(
      'decryption expected BSON binary subtype 6, got 0',
    );
    expect(() => decrypt(serialize({ v: 1 }))).toThrow('got BSON int');
  });

  it('says which key is not in the key vault', () => {
    const message = encrypt(sampleMessage('int'));
    expect(() => run(decryptExplicitly(testEngine(), message), { keys: [] })).toThrow(
      /^not all keys requested were satisfied: no data key with id [0-9a-f-]{36} for explicit decryption; looked in the collection that `keyVaultNamespace` names \(by default `admin\.datakeys`\)$/,
    );
  });

  it('says which key it lacks to encrypt, by the name it was given', () => {
    const byName = { keyId: undefined, keyAltName: serialize({ keyAltName: 'nobody' }) };
    expect(() => encrypt(sampleMessage('int'), byName)).toThrow(
      'not all keys requested were satisfied: no data key with alt name `nobody` for explicit encryption',
    );
  });

  it('tells a damaged value from a wrong master key', () => {
    const message = encrypt(sampleMessage('int'));
    message[message.length - 3] = (message.at(-3) ?? 0) ^ 1;
    expect(() => decrypt(message)).toThrow(
      /^HMAC validation failure while decrypting an explicitly encrypted value with data key [0-9a-f-]{36}$/,
    );
    const short = serialize({ v: new Binary(Buffer.alloc(3, 1), 6) });
    expect(() => decrypt(short)).toThrow(
      'malformed ciphertext, too small, at an explicitly encrypted value',
    );
  });

  it('says at which data key a wrong master key failed', () => {
    const message = encrypt(sampleMessage('int'));
    const wrong = testEngine({ key: Buffer.alloc(96, 8) });
    expect(() => run(decryptExplicitly(wrong, message), { keys: [key] })).toThrow(
      /^HMAC validation failure while unwrapping data key [0-9a-f-]{36} with provider local$/,
    );
    expect(wrong.keyCache.getById(keyId)).toBeUndefined();
  });

  it('never takes another key for the one it needs', () => {
    const message = encrypt(sampleMessage('int'));
    const other = makeKey(engine, { keyAltNames: ['patient'] });
    expect(() => run(decryptExplicitly(testEngine(), message), { keys: [other] })).toThrow(
      'not all keys requested were satisfied',
    );
  });

  it('does not unwrap a key that nobody asked for: the server does not choose the keys', () => {
    const message = encrypt(sampleMessage('int'));
    const foreign = makeKey(testEngine({ key: Buffer.alloc(96, 8) }));
    const reader = testEngine();
    const { output } = run(decryptExplicitly(reader, message), { keys: [foreign, key] });
    expect(output).toEqual(Buffer.from(sampleMessage('int')));
    expect(reader.keyCache.getById(parseKeyDocument(foreign).keyId)).toBeUndefined();
  });
});
