// Layer keys: the configured KMS providers, by id. A new provider is one file and one entry here.
import { BsonType, elements, readDocument } from '../bytes/index.ts';
import { KeyError } from '../errors.ts';
import type { KmsProvider } from './kms-provider.ts';
import { createLocalProvider } from './local-provider.ts';

type CreateProvider = (id: string, options: Uint8Array) => KmsProvider;

function unsupported(id: string): never {
  throw new KeyError('kms-provider-unsupported', `KMS provider \`${id}\` is not supported yet`);
}

/** Accepted in the options, so that a shared configuration loads; refused when a key needs it. */
const createUnsupportedProvider: CreateProvider = (id) => ({
  id,
  masterKey: () => unsupported(id),
  wrap: () => unsupported(id),
  unwrap: () => unsupported(id),
});

const providerTypes: ReadonlyMap<string, CreateProvider> = new Map([
  ['local', createLocalProvider],
  ['aws', createUnsupportedProvider],
  ['azure', createUnsupportedProvider],
  ['gcp', createUnsupportedProvider],
  ['kmip', createUnsupportedProvider],
]);

const providerId = /^([a-z]+)(?::[a-zA-Z0-9_]+)?$/;

export class KmsProviders {
  readonly #providers = new Map<string, KmsProvider>();

  /**
   * Reads the option `kmsProviders`, BSON `{ <type>[:<name>]: { ... } }`.
   * Throws `KeyError`: an empty map, an unknown type, a name that is not `[a-zA-Z0-9_]+`, or
   * options that the provider refuses.
   */
  constructor(options: Uint8Array) {
    for (const { key: id, type, value } of elements(options)) {
      const create = providerTypes.get(providerId.exec(id)?.[1] ?? '');
      if (!create) throw new KeyError('kms-provider', `Unknown KMS provider \`${id}\``);
      if (type !== BsonType.object) {
        throw new KeyError('kms-options', `Expected \`kmsProviders.${id}\` to be a document`);
      }
      if (this.#providers.has(id)) {
        throw new KeyError('kms-options', `KMS provider \`${id}\` comes twice`);
      }
      this.#providers.set(id, create(id, readDocument(value)));
    }
    if (this.#providers.size === 0) {
      throw new KeyError('kms-provider', 'Expected at least one provider in `kmsProviders`');
    }
  }

  /** Throws `KeyError` (`kms-provider`) when `id` is not configured. */
  get(id: string): KmsProvider {
    const provider = this.#providers.get(id);
    if (!provider) {
      throw new KeyError('kms-provider', `KMS provider \`${id}\` is not configured`);
    }
    return provider;
  }
}
