import { Binary, deserialize, serialize } from 'bson';
import { describe, expect, it } from 'vitest';
import { unwrapKey } from '../crypto/index.ts';
import { parseKeyDocument } from '../format/index.ts';
import { makeKey, masterKey, run, testEngine } from '../testing/drive.ts';
import { createDataKey, type DataKeyOptions, rewrapManyDataKey } from './data-key.ts';

const engine = testEngine();
const local = serialize({ provider: 'local' });
const create = (options: Parameters<typeof createDataKey>[2], provider = local) =>
  run(createDataKey(engine, provider, options)).output;
const altNames = (...names: unknown[]) => names.map((keyAltName) => serialize({ keyAltName }));

describe('createDataKey', () => {
  it('writes a document that the strict reader accepts, with the alt names', () => {
    const document = create({ keyAltNames: altNames('a', 'b') });
    const key = parseKeyDocument(document);
    expect(key.keyAltNames).toEqual(['a', 'b']);
    expect(unwrapKey(masterKey, key.keyMaterial)).toHaveLength(96);
    expect(deserialize(document).status).toBe(0);
  });

  it('makes another key and another id each time', () => {
    const [one, two] = [create({}), create({})].map((document) => parseKeyDocument(document));
    expect(one?.keyId).not.toEqual(two?.keyId);
    expect(unwrapKey(masterKey, one?.keyMaterial ?? Buffer.alloc(0))).not.toEqual(
      unwrapKey(masterKey, two?.keyMaterial ?? Buffer.alloc(0)),
    );
  });

  it('wraps the key material it is given', () => {
    const keyMaterial = Buffer.alloc(96, 4);
    const key = parseKeyDocument(create({ keyMaterial: serialize({ keyMaterial }) }));
    expect(unwrapKey(masterKey, key.keyMaterial)).toEqual(keyMaterial);
  });

  it('refuses bad alt names, material and providers', () => {
    expect(() => create({ keyAltNames: altNames('a', 'a') })).toThrow(
      'unexpected duplicate keyAltNames',
    );
    expect(() => create({ keyAltNames: altNames(1) })).toThrow('to be a string');
    const short = serialize({ keyMaterial: new Binary(Buffer.alloc(95)) });
    expect(() => create({ keyMaterial: short })).toThrow(
      'keyMaterial should have length 96, but has length 95',
    );
    expect(() => create({}, serialize({ provider: 'aws' }))).toThrow(
      'KMS provider `aws` is not configured',
    );
    expect(() => create({}, serialize({}))).toThrow('Expected `provider`');
    expect(() => create({}, serialize({ provider: 'local', region: 'x' }))).toThrow(
      "Unexpected field: 'region'",
    );
  });
});

describe('the options of createDataKey', () => {
  it.each<[string, DataKeyOptions, string]>([
    [
      'alt names that repeat',
      { keyAltNames: altNames('a', 'b', 'a') },
      'unexpected duplicate keyAltNames',
    ],
    [
      'an alt name that is no string',
      { keyAltNames: altNames(5) },
      '`keyAltName` to be a string, got int',
    ],
    ['an empty alt name', { keyAltNames: altNames('') }, 'Expected `keyAltName` not to be empty'],
    [
      'another field beside the alt name',
      { keyAltNames: [serialize({ keyAltName: 'a', x: 1 })] },
      "Unexpected field: 'x' in `keyAltName`",
    ],
    [
      'key material of 97 bytes',
      { keyMaterial: serialize({ keyMaterial: new Binary(Buffer.alloc(97)) }) },
      'keyMaterial should have length 96, but has length 97',
    ],
    [
      'no key material',
      { keyMaterial: serialize({}) },
      'Expected `keyMaterial` to be binary, got none',
    ],
    [
      'key material that is no binary',
      { keyMaterial: serialize({ keyMaterial: 'x'.repeat(96) }) },
      'Expected `keyMaterial` to be binary, got string',
    ],
    [
      'another field beside the key material',
      { keyMaterial: serialize({ keyMaterial: new Binary(Buffer.alloc(96)), x: 1 }) },
      "Unexpected field: 'x' in `keyMaterial`",
    ],
  ])('cannot be %s', (_, options, message) => {
    expect(() => create(options)).toThrow(message);
  });

  it.each<[string, object, string]>([
    ['a provider that is no string', { provider: 1 }, 'Expected `provider` to be the name'],
    [
      'a provider that is not configured',
      { provider: 'gcp' },
      'KMS provider `gcp` is not configured',
    ],
    [
      'a name that is not configured',
      { provider: 'local:eu' },
      'KMS provider `local:eu` is not configured',
    ],
    ['an unknown type', { provider: 'vault' }, 'KMS provider `vault` is not configured'],
    [
      'a field that the provider has not',
      { provider: 'local', key: 'x' },
      "Unexpected field: 'key' in `masterKey`",
    ],
  ])('cannot name %s', (_, masterKeyOptions, message) => {
    expect(() => create({}, serialize(masterKeyOptions))).toThrow(message);
    const rewrap = rewrapManyDataKey(engine, serialize({}), serialize(masterKeyOptions));
    expect(() => run(rewrap, { keys: [makeKey(engine)] })).toThrow(message);
  });
});

describe('rewrapManyDataKey', () => {
  const filter = serialize({ keyAltNames: 'a' });
  const keyMaterial = Buffer.alloc(96, 4);
  const keys = [makeKey(engine, { keyMaterial }), makeKey(engine, { keyMaterial })];
  const rewrap = (answers: Uint8Array[], options?: Uint8Array) =>
    run(rewrapManyDataKey(engine, filter, options), { keys: answers });

  it.each([
    ['the same master key', undefined],
    ['a named provider', local],
  ])('wraps every matching key anew under %s', (_, options) => {
    const { output, filters } = rewrap(keys, options);
    expect(filters).toEqual([Buffer.from(filter)]);
    const { v } = deserialize(output, { promoteBuffers: true }) as {
      v: { _id: Binary; keyMaterial: Buffer; masterKey: object }[];
    };
    expect(v).toHaveLength(2);
    v.forEach((rewrapped, index) => {
      const before = parseKeyDocument(keys[index] ?? Buffer.alloc(0));
      expect(Object.keys(rewrapped)).toEqual(['_id', 'keyMaterial', 'masterKey']);
      expect(rewrapped.keyMaterial).not.toEqual(before.keyMaterial);
      expect(unwrapKey(masterKey, rewrapped.keyMaterial)).toEqual(keyMaterial);
      expect(rewrapped.masterKey).toEqual({ provider: 'local' });
    });
  });

  it('gives an empty list when nothing matches', () => {
    expect(deserialize(rewrap([]).output)).toEqual({ v: [] });
  });

  it('refuses a master key without provider and one it cannot unwrap', () => {
    expect(() => rewrap(keys, serialize({ region: 'x' }))).toThrow('Expected `provider`');
    const wrong = testEngine({ key: Buffer.alloc(96, 1) });
    expect(() => run(rewrapManyDataKey(wrong, filter, undefined), { keys })).toThrow(
      'HMAC validation failure while unwrapping data key',
    );
  });
});
