// Every operation zeroes the copies of keys that the cache lent it, when it ends well and when it fails.
import { Binary, deserialize, type Document, Int32, serialize, UUID } from 'bson';
import { describe, expect, it } from 'vitest';
import { parseKeyDocument } from '../format/index.ts';
import { type DataKey, KeyCache } from '../keys/index.ts';
import { makeKey, run, testEngine } from '../testing/drive.ts';
import { decryptReply } from './decrypt.ts';
import type { Engine } from './engine.ts';
import { encryptCommand } from './encrypt.ts';
import { decryptExplicitly, encryptExplicitly } from './explicit.ts';
import { SchemaStore } from './schema-store.ts';
import type { Steps } from './steps.ts';

const key = makeKey(testEngine());
const keyId = Buffer.from(parseKeyDocument(key).keyId);
const algorithm = 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic';
const options = { keyId, algorithm, expressionMode: false };
const ssn = { encrypt: { bsonType: 'int', algorithm, keyId: [new UUID(keyId)] } };
const schemas = new SchemaStore(
  serialize({ 'm.patients': { bsonType: 'object', properties: { ssn } } }),
  () => 0,
);
const command = serialize({ find: 'patients', filter: { ssn: new Int32(5) } });
const value = serialize({ v: 'x' });
const sealed = run(encryptExplicitly(testEngine(), value, options), { keys: [key] }).output;
const damaged = (): Uint8Array => {
  const blob = Buffer.from((deserialize(sealed) as { v: Binary }).v.buffer);
  blob[40] = (blob[40] ?? 0) ^ 1;
  return serialize({ v: new Binary(blob, 6) } satisfies Document);
};

/** Remembers what it lends. */
class LendingCache extends KeyCache {
  readonly lent: Buffer[] = [];

  override getById(id: Uint8Array): DataKey | undefined {
    const found = super.getById(id);
    if (found) this.lent.push(found.material);
    return found;
  }
}

function outcome(action: () => unknown): string {
  try {
    action();
    return 'done';
  } catch (error) {
    return String(error);
  }
}

describe('a key that the cache lends', () => {
  it.each<[string, (engine: Engine) => Steps<Uint8Array>]>([
    ['an encrypted command', (engine) => encryptCommand(engine, 'm', command)],
    ['a decrypted reply', (engine) => decryptReply(engine, sealed)],
    ['a reply that is damaged', (engine) => decryptReply(engine, damaged())],
    ['explicit encryption', (engine) => encryptExplicitly(engine, value, options)],
    ['explicit decryption', (engine) => decryptExplicitly(engine, sealed)],
    ['explicit decryption that fails', (engine) => decryptExplicitly(engine, damaged())],
  ])('is zeroed after %s', (_name, steps) => {
    const keyCache = new LendingCache(0, () => 0);
    const engine: Engine = { ...testEngine({ schemas }), keyCache };
    run(encryptExplicitly(engine, value, options), { keys: [key] });
    expect(keyCache.lent).toHaveLength(0);
    expect(outcome(() => run(steps(engine)))).toMatch(/^done|HMAC validation failure/);
    expect(keyCache.lent).toEqual([Buffer.alloc(96)]);
    expect(keyCache.getById(keyId)?.material).not.toEqual(Buffer.alloc(96));
  });
});
