// The KMS providers of this process, as the driver's options want them, and the CMKs that the settings name. Which one
// new data keys are made under, the key policy in the database says.
import 'server-only';
import { isDeepStrictEqual } from 'node:util';
import type {
  AutoEncryptionOptions,
  ClientEncryptionDataKeyProvider,
  Document,
  KMSProviders,
} from 'mongodb';
import { env } from '@/lib/env';
import { KeyError } from './errors';
import { providerOf, PROVIDERS, type ConfiguredProvider, type ProviderName } from './providers';
import { dialInOrder } from './providers/dial';

export type { ProviderName } from './providers';

/** What `ClientEncryption` and `autoEncryption` need to reach every configured provider. */
export interface KmsOptions extends Pick<
  AutoEncryptionOptions,
  'tlsOptions' | 'kmsConnectCallback' | 'credentialProviders'
> {
  readonly kmsProviders: KMSProviders;
}

/** A customer master key (CMK) as `createDataKey` and `rewrapManyDataKey` take it. */
export interface CustomerMasterKey {
  /** `local`, `aws`, `azure`, `gcp`, `kmip`, or one of these with a name: `local:next`. */
  readonly provider: ClientEncryptionDataKeyProvider;
  /** The provider's own options; null where it has none (`local`). */
  readonly masterKey: Document | null;
}

/**
 * Every provider whose settings are there, so that keys under any of them can be opened. Throws KeyError `MASTER_KEY` if
 * there is none. Reads the providers' files anew.
 */
export function kmsOptions(): KmsOptions {
  const providers = configuredProviders();
  if (providers.length === 0) throw notConfigured(env().kmsProvider);
  const kmsProviders: KMSProviders = {};
  const tlsOptions: NonNullable<KmsOptions['tlsOptions']> = {};
  const credentialProviders: NonNullable<KmsOptions['credentialProviders']> = {};
  for (const provider of providers) {
    Object.assign(kmsProviders, provider.kmsProviders);
    Object.assign(tlsOptions, provider.tlsOptions);
    Object.assign(credentialProviders, provider.credentialProviders);
  }
  const isRemote = Object.keys(kmsProviders).some((name) => kindOf(name) !== 'local');
  if (!isRemote) return { kmsProviders };
  const dialers = providers.flatMap(({ connect }) => (connect === undefined ? [] : [connect]));
  return {
    kmsProviders,
    tlsOptions,
    credentialProviders,
    kmsConnectCallback: ({ host, port }) => {
      for (const dial of dialers) {
        const socket = dial(host, port);
        if (socket !== undefined) return socket;
      }
      return dialInOrder([{ host, port }]);
    },
  };
}

/**
 * The CMK for new keys at `provider`, by default the one of `KMS_PROVIDER`. A KMIP one may lack its identifier: the
 * first data key under it makes one (`preflight` too). Throws KeyError `MASTER_KEY` that names the settings that are missing.
 */
export function configuredMasterKey(
  provider: ClientEncryptionDataKeyProvider = env().kmsProvider,
): CustomerMasterKey {
  const kind = kindOf(provider);
  const configured = kind && PROVIDERS[kind].configure(env().kms);
  const isBare = provider === kind;
  const found = configured?.masterKeys.find((cmk) => isBare || cmk.provider === provider);
  if (found === undefined) throw notConfigured(provider);
  return found;
}

/** Whether keys under this provider can be opened with the settings of this process. */
export function isConfigured(provider: string): boolean {
  return configuredProviders().some(({ kmsProviders }) => Object.hasOwn(kmsProviders, provider));
}

/** Says which settings a provider lacks. */
export function notConfigured(provider: string): KeyError {
  const kind = kindOf(provider);
  const needs = kind === undefined ? [] : PROVIDERS[kind].needs;
  const next = provider === 'local:next' ? ['MEDCO_NEXT_MASTER_KEY_FILE'] : undefined;
  const names = (next ?? needs).map((name) => `\`${name}\``).join(', ');
  return new KeyError(
    'MASTER_KEY',
    names === ''
      ? `The KMS provider \`${provider}\` is not known to the clinic`
      : `The KMS provider \`${provider}\` is not configured. Set ${names}: see docs/configuration.md`,
  );
}

/** Whether two names of a CMK are the same, option by option. */
export function isSameMasterKey(one: CustomerMasterKey, other: CustomerMasterKey): boolean {
  return (
    one.provider === other.provider &&
    isDeepStrictEqual(definedOptions(one.masterKey), definedOptions(other.masterKey))
  );
}

/** A CMK of the settings, where a blank KMIP identifier stands for the key that setup made: the one in force. */
export function withIdentifierOf(
  named: CustomerMasterKey,
  inForce: CustomerMasterKey,
): CustomerMasterKey {
  const keyId: unknown = inForce.masterKey?.['keyId'];
  if (named.provider !== 'kmip' || inForce.provider !== 'kmip' || keyId === undefined) return named;
  return { ...named, masterKey: { keyId, ...named.masterKey } };
}

/** The CMK in words: `aws arn:aws:kms:…`, `kmip key 1`, `local`. */
export function describeMasterKey({ provider, masterKey }: CustomerMasterKey): string {
  const words = providerOf(provider)?.describe(masterKey) ?? '';
  return words === '' ? provider : `${provider} ${words}`;
}

function configuredProviders(): ConfiguredProvider[] {
  const { kms } = env();
  return Object.values(PROVIDERS)
    .map((provider) => provider.configure(kms))
    .filter((configured) => configured !== null);
}

function kindOf(provider: string): ProviderName | undefined {
  return providerOf(provider)?.name;
}

/** `{}` and null both say that a CMK has no options; `delegated: false` is KMIP's default. */
function definedOptions(masterKey: Document | null): Document {
  const options = Object.entries(masterKey ?? {});
  return Object.fromEntries(
    options.filter(
      ([name, value]) => value !== undefined && !(name === 'delegated' && value === false),
    ),
  );
}
