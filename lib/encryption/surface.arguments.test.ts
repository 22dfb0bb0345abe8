// Arguments of the wrong kind, at every method of the package: a TypeError that the wrapper wraps.
import { Binary, serialize } from 'bson';
import { describe, expect, it } from 'vitest';
import { MongoCrypt, type MongoCryptContext } from './index.ts';
import { makeKey, masterKey, testEngine } from './testing/drive.ts';

class Wrapped extends Error {}
const errorWrapper = (error: Error) => new Wrapped(error.message, { cause: error });
const kmsProviders = serialize({ local: { key: masterKey } });
const create = (options: object = {}) => new MongoCrypt({ kmsProviders, errorWrapper, ...options });
const wrong = [undefined, null, 'text', 5, {}, [1], new ArrayBuffer(8)];

/** Calls a method with whatever. */
function call(target: object, name: string, ...args: unknown[]): () => unknown {
  return () => Reflect.apply(Reflect.get(target, name) as () => unknown, target, args) as unknown;
}

describe('a method that takes bytes', () => {
  it.each<[string, unknown[]]>([
    ['makeExplicitEncryptionContext', [{ expressionMode: false }]],
    ['makeDecryptionContext', []],
    ['makeExplicitDecryptionContext', []],
    ['makeDataKeyContext', [{}]],
    ['makeRewrapManyDataKeyContext', []],
  ])('refuses anything else: %s', (name, more) => {
    for (const value of wrong) {
      expect(call(create(), name, value, ...more)).toThrow(Wrapped);
      expect(call(create(), name, value, ...more)).toThrow('to be a Uint8Array');
    }
  });

  it('refuses anything else: makeEncryptionContext', () => {
    for (const value of wrong) {
      expect(call(create(), 'makeEncryptionContext', 'db', value)).toThrow(
        'Expected `command` to be a Uint8Array',
      );
    }
  });

  it.each(['addMongoOperationResponse', 'provideKMSProviders'])(
    'refuses anything else, without moving the operation on: %s',
    (name) => {
      for (const value of wrong) {
        const context = create().makeRewrapManyDataKeyContext(serialize({}));
        expect(call(context, name, value)).toThrow(Wrapped);
        expect(call(context, name, value)).toThrow('to be a Uint8Array');
        expect(context.state).toBe(3);
        expect(context.status).toEqual({ type: 0, code: 0 });
      }
    },
  );
});

describe('the constructor', () => {
  it('takes an object', () => {
    for (const options of [undefined, null, 'text', 5]) {
      expect(() => Reflect.construct(MongoCrypt, [options]) as unknown).toThrow(
        'First parameter must be an object',
      );
    }
  });

  it.each([-1, NaN, -Infinity, '5', null, 5n, [5]])('takes no keyExpirationMS of %s', (value) => {
    expect(() => create({ keyExpirationMS: value })).toThrow('must be a non-negative number');
  });

  it.each([0, 0.5, 1, 60_000, Infinity, undefined])('takes keyExpirationMS of %s', (value) => {
    expect(() => create({ keyExpirationMS: value })).not.toThrow();
  });

  it('takes bytes for kmsProviders and schemaMap', () => {
    for (const value of wrong) {
      expect(() => create({ kmsProviders: value })).toThrow('Expected `kmsProviders`');
    }
    for (const value of wrong.filter((each) => each !== undefined)) {
      expect(() => create({ schemaMap: value })).toThrow('`schemaMap`');
    }
  });

  it('reports only with a logger, and to a function only', () => {
    const lines: unknown[][] = [];
    const logger = (...line: unknown[]) => void lines.push(line);
    create({ logger, cryptSharedLibPath: '/lib', schemaMap: serialize({ 'a.b': {} }) });
    expect(lines.map(([level]) => level)).toEqual([2, 2]);
    expect(() => create({ cryptSharedLibPath: '/lib' })).not.toThrow();
    expect(() => create({ logger: 'x' })).toThrow('Option `logger` must be a function');
  });
});

describe('bypassQueryAnalysis', () => {
  const schemaMap = serialize({
    'db.c': {
      bsonType: 'object',
      properties: {
        a: {
          encrypt: {
            bsonType: 'int',
            algorithm: 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic',
            keyId: [new Binary(Buffer.alloc(16, 1), 4)],
          },
        },
      },
    },
  });
  const stateOf = (bypassQueryAnalysis: unknown) =>
    create({ schemaMap, bypassQueryAnalysis }).makeEncryptionContext(
      'db',
      serialize({ find: 'c', filter: { a: 1 } }),
    ).state;

  it('is on with `true` and with nothing else', () => {
    expect(stateOf(true)).toBe(5);
    for (const value of [false, undefined, null, 0, 1, 'true', {}]) expect(stateOf(value)).toBe(3);
  });
});

describe('a context', () => {
  const key = makeKey(testEngine(), { keyAltNames: ['one'] });
  const start = (): MongoCryptContext =>
    create().makeExplicitEncryptionContext(serialize({ v: 'x' }), {
      keyAltName: serialize({ keyAltName: 'one' }),
      algorithm: 'AEAD_AES_256_CBC_HMAC_SHA_512-Random',
      expressionMode: false,
    });

  it('runs through its states by the calls of the driver alone', () => {
    const context = start();
    expect(context.state).toBe(3);
    expect(context.nextMongoOperation().length).toBeGreaterThan(5);
    context.addMongoOperationResponse(key);
    context.finishMongoOperation();
    expect(context.state).toBe(5);
    expect(context.finalize().length).toBeGreaterThan(80);
    expect(context.state).toBe(6);
  });

  it.each<[string, (context: MongoCryptContext) => void]>([
    [
      'finishKMSRequests',
      (context) => {
        context.finishKMSRequests();
      },
    ],
    [
      'provideKMSProviders',
      (context) => {
        context.provideKMSProviders(kmsProviders);
      },
    ],
    ['nextKMSRequest', (context) => void context.nextKMSRequest()],
    ['finalize', (context) => void context.finalize()],
  ])('hands %s on, which is an error here', (_name, act) => {
    const context = start();
    act(context);
    expect(context.state).toBe(0);
    expect(context.status.message).toContain('Unexpected call');
  });
});
