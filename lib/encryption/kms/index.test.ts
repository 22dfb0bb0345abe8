import { serialize } from 'bson';
import { describe, expect, it } from 'vitest';
import { randomKey } from '../crypto/index.ts';
import { KeyError } from '../errors.ts';
import { KmsProviders } from './index.ts';

const key = randomKey();
const providers = (options: object) => new KmsProviders(serialize(options));
const localMasterKey = serialize({ provider: 'local' });

describe('KmsProviders', () => {
  it.each([
    ['binary', key],
    ['a base64 string', key.toString('base64')],
  ])('wraps and unwraps with a local key given as %s', (_, value) => {
    const local = providers({ local: { key: value } }).get('local');
    const reader = providers({ local: { key } }).get('local');
    const dataKey = randomKey();
    const wrapped = local.wrap(dataKey, localMasterKey) as Buffer;
    expect(reader.unwrap(wrapped, localMasterKey)).toEqual(dataKey);
  });

  it('keeps its own copy of the key', () => {
    const mutable = Buffer.from(key);
    const options = serialize({ local: { key: mutable } });
    const local = new KmsProviders(options).get('local');
    const dataKey = randomKey();
    const wrapped = local.wrap(dataKey, localMasterKey) as Buffer;
    options.fill(0);
    expect(local.unwrap(wrapped, localMasterKey)).toEqual(dataKey);
  });

  it('tells named providers apart', () => {
    const two = providers({ local: { key }, 'local:other': { key: randomKey() } });
    const wrapped = two.get('local').wrap(randomKey(), localMasterKey) as Buffer;
    expect(() => two.get('local:other').unwrap(wrapped, localMasterKey)).toThrow(
      'HMAC validation failure',
    );
  });

  it.each([
    ['no provider', {}, 'Expected at least one provider'],
    ['an unknown provider', { vault: {} }, 'Unknown KMS provider `vault`'],
    ['a bad name', { 'local:a b': { key } }, 'Unknown KMS provider'],
    ['a provider that is no document', { local: 1 }, 'Expected `kmsProviders.local`'],
    ['no local key', { local: {} }, 'Expected `local.key`, got none'],
    ['an unexpected field', { local: { key, x: 1 } }, "Unexpected field: 'x'"],
    ['a short key', { local: { key: key.subarray(1) } }, 'local key must be 96 bytes, got 95'],
    ['a key that is no base64', { local: { key: '*'.repeat(128) } }, 'to be a base64 string'],
    ['a key of another type', { local: { key: 1 } }, 'to be binary or a base64 string'],
  ])('refuses %s', (_, options, message) => {
    expect(() => providers(options)).toThrow(KeyError);
    expect(() => providers(options)).toThrow(message);
  });

  it('says which provider is not configured', () => {
    expect(() => providers({ local: { key } }).get('aws')).toThrow(
      'KMS provider `aws` is not configured',
    );
  });

  it('refuses master key options that local does not have', () => {
    const local = providers({ local: { key } }).get('local');
    expect(() => local.masterKey(serialize({ provider: 'local', region: 'x' }))).toThrow(
      "Unexpected field: 'region'",
    );
  });

  it('never names key material in an error', () => {
    const secret = 'c2VjcmV0';
    expect(() => providers({ local: { key: secret } })).not.toThrow(secret);
  });
});
