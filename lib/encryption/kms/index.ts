// Layer kms: the configured KMS providers, by id. A new provider is one file and one entry here.
import { BsonType, elements, readDocument } from '../bytes/index.ts';
import { KeyError } from '../errors.ts';
import { createAwsProvider } from './aws.ts';
import { createAzureProvider } from './azure.ts';
import { createGcpProvider } from './gcp.ts';
import { createKmipProvider } from './kmip.ts';
import { createLocalProvider } from './local.ts';
import type { KmsProvider, WallClock } from './provider.ts';

export type { Conversation, KmsOutcome, KmsProvider, KmsRequest, WallClock } from './provider.ts';

type CreateProvider = (id: string, options: Uint8Array, now: WallClock) => KmsProvider;

const providerTypes: ReadonlyMap<string, CreateProvider> = new Map<string, CreateProvider>([
  ['local', createLocalProvider],
  ['aws', createAwsProvider],
  ['azure', createAzureProvider],
  ['gcp', createGcpProvider],
  ['kmip', createKmipProvider],
]);

const providerId = /^([a-z]+)(?::[a-zA-Z0-9_]+)?$/;

export class KmsProviders {
  readonly #providers = new Map<string, KmsProvider>();
  readonly #now: WallClock;

  /**
   * Reads the option `kmsProviders`, BSON `{ <type>[:<name>]: { ... } }`.
   * Throws `KeyError`: an empty map, an unknown type, a name that is not `[a-zA-Z0-9_]+`, or
   * options that the provider refuses.
   */
  constructor(options: Uint8Array, now: WallClock = Date.now) {
    this.#now = now;
    for (const { key: id, type, value } of elements(options)) {
      const create = providerTypes.get(providerId.exec(id)?.[1] ?? '');
      if (!create) throw new KeyError('kms-provider', `Unknown KMS provider \`${id}\``);
      if (type !== BsonType.object) {
        throw new KeyError('kms-options', `Expected \`kmsProviders.${id}\` to be a document`);
      }
      if (this.#providers.has(id)) {
        throw new KeyError('kms-options', `KMS provider \`${id}\` comes twice`);
      }
      const provider = create(id, readDocument(value), now);
      // LMC: credentials on demand are for the unnamed providers.
      if (provider.needsCredentials && id.includes(':')) {
        const message = `Unexpected empty document for named KMS provider: '${id}'`;
        throw new KeyError(
          'kms-options',
          `${message}. On-demand credentials are not supported for named KMS providers.`,
        );
      }
      this.#providers.set(id, provider);
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

  /**
   * These providers with the credentials of `options`, as the constructor reads them, for those that
   * were configured as `{}`. The others stay as they are, their access tokens included.
   */
  withCredentials(options: Uint8Array): KmsProviders {
    const provided = new KmsProviders(options, this.#now);
    for (const [id, provider] of this.#providers) {
      if (!provider.needsCredentials || !provided.#providers.has(id)) {
        provided.#providers.set(id, provider);
      }
    }
    return provided;
  }
}
