// Layer mongocrypt: the class that the driver constructs. Reads options, hands out contexts.
import {
  Context,
  createDataKey,
  decryptExplicitly,
  decryptReply,
  encryptCommand,
  encryptExplicitly,
  type Engine,
  rewrapManyDataKey,
  SchemaStore,
} from '../context/index.ts';
import { ContextError } from '../errors.ts';
import { defaultKeyExpirationMS, KeyCache } from '../keys/index.ts';
import { KmsProviders } from '../kms/index.ts';
import { MongoCryptContext, requireBytes } from './mongocrypt-context.ts';
import type {
  DataKeyContextOptions,
  ExplicitEncryptionContextOptions,
  MongoCryptErrorWrapper,
  MongoCryptOptions,
  MongoCryptStatus,
} from './types.ts';
import { wrapErrors } from './wrap-errors.ts';

/** The driver's `AutoEncryptionLoggerLevel`. */
const levels = { error: 1, warning: 2 } as const;

/** What `cryptSharedLibVersionInfo` reports: major, minor and patch in 16 bits each, then zero. */
const analysisVersion = { version: 0x0007_0002_0001_0000n, versionStr: 'medcomd in-process 7.2.1' };

function readKeyExpiration(value: unknown): number {
  if (value === undefined) return defaultKeyExpirationMS;
  if (typeof value !== 'number' || !(value >= 0)) {
    throw new TypeError('Option `keyExpirationMS` must be a non-negative number');
  }
  return value;
}

function createEngine(options: MongoCryptOptions): Engine {
  const { kmsProviders, schemaMap, encryptedFieldsMap, logger, cryptSharedLibPath } = options;
  if (encryptedFieldsMap !== undefined) {
    throw new ContextError(
      'queryable-encryption',
      'Queryable Encryption is not supported (option `encryptedFieldsMap`)',
    );
  }
  if (logger !== undefined && typeof logger !== 'function') {
    throw new TypeError('Option `logger` must be a function');
  }
  const log = (severity: keyof typeof levels, message: string) => {
    if (logger) Reflect.apply(logger, undefined, [levels[severity], message]);
  };
  if (cryptSharedLibPath !== undefined) {
    log('warning', '`cryptSharedLibPath` is ignored: query analysis is in-process');
  }
  requireBytes(kmsProviders, 'kmsProviders');
  if (schemaMap !== undefined) requireBytes(schemaMap, 'schemaMap');
  // A monotonic clock: a corrected system time must not prolong a key's life.
  const now = () => performance.now();
  const schemas = new SchemaStore(schemaMap, now);
  // As in the official package a wrong schema fails commands, not the client; a log says it earlier.
  if (logger) for (const { severity, message } of schemas.inspect()) log(severity, message);
  return {
    kmsProviders: new KmsProviders(kmsProviders),
    keyCache: new KeyCache(readKeyExpiration(options.keyExpirationMS), now),
    schemas,
    bypassQueryAnalysis: options.bypassQueryAnalysis === true,
  };
}

/** Drop-in for the official binding's class of the same name. */
export class MongoCrypt {
  static readonly libmongocryptVersion: string = '1.20.1-medcomd';

  // Private names, so that printing a client shows neither schemas nor keys.
  readonly #errorWrapper: MongoCryptErrorWrapper;
  readonly #engine: Engine;

  /**
   * Never null: with null the driver would spawn and use mongocryptd. Analysis is in-process, so
   * the state NEED_MONGO_MARKINGS never occurs.
   */
  readonly cryptSharedLibVersionInfo: { version: bigint; versionStr: string } | null;
  readonly cryptoHooksProvider: 'js' | 'native_openssl' | null = 'js';

  /** Throws for options that cannot be used; not by `errorWrapper`, as in the official package. */
  constructor(options: MongoCryptOptions) {
    requireOptions(options);
    this.#errorWrapper = options.errorWrapper;
    this.#engine = createEngine(options);
    this.cryptSharedLibVersionInfo = { ...analysisVersion };
  }

  /** Automatic encryption of a command for the database `ns`. Throws for refused commands. */
  makeEncryptionContext(ns: string, command: Uint8Array): MongoCryptContext {
    return this.#context(() => {
      requireBytes(command, 'command');
      return encryptCommand(this.#engine, ns, command);
    });
  }

  /** Encryption of `{ v: <any> }`. Throws for options or types that cannot be encrypted. */
  makeExplicitEncryptionContext(
    value: Uint8Array,
    options?: ExplicitEncryptionContextOptions,
  ): MongoCryptContext {
    return this.#context(() => {
      requireBytes(value, 'value');
      if (typeof options?.expressionMode !== 'boolean') {
        throw new TypeError('option `expressionMode` is required.');
      }
      return encryptExplicitly(this.#engine, value, options);
    });
  }

  /** Decryption of a reply. */
  makeDecryptionContext(buffer: Uint8Array): MongoCryptContext {
    return this.#context(() => {
      requireBytes(buffer, 'buffer');
      return decryptReply(this.#engine, buffer);
    });
  }

  /** Decryption of `{ v: <BinData 6> }`. */
  makeExplicitDecryptionContext(buffer: Uint8Array): MongoCryptContext {
    return this.#context(() => {
      requireBytes(buffer, 'buffer');
      return decryptExplicitly(this.#engine, buffer);
    });
  }

  /** A new key document under the master key `{ provider, ... }`. */
  makeDataKeyContext(optionsBuffer: Uint8Array, options: DataKeyContextOptions): MongoCryptContext {
    return this.#context(() => {
      requireBytes(optionsBuffer, 'options');
      return createDataKey(this.#engine, optionsBuffer, options);
    });
  }

  /** New key material for every key document that matches, under the same or a new master key. */
  makeRewrapManyDataKeyContext(filter: Uint8Array, encryptionKey?: Uint8Array): MongoCryptContext {
    return this.#context(() => {
      requireBytes(filter, 'filter');
      return rewrapManyDataKey(this.#engine, filter, encryptionKey);
    });
  }

  get status(): MongoCryptStatus {
    return { type: 0, code: 0 };
  }

  #context(start: () => ConstructorParameters<typeof Context>[0]): MongoCryptContext {
    return wrapErrors(
      this.#errorWrapper,
      () => new MongoCryptContext(new Context(start()), this.#errorWrapper),
    );
  }
}

function requireOptions(options: unknown): asserts options is MongoCryptOptions {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('First parameter must be an object');
  }
}
