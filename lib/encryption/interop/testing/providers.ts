// Test support: every KMS provider under its own name and under a given one, configured once for both
// sides. The clouds have the host names that they have in the world.
import type { Document } from 'mongodb';
import { aws, secondAzureClient } from '../../testing/clouds.ts';
import {
  hasKmip,
  masterKeys,
  type ProviderName,
  providerNames,
  startKmsServers,
} from '../../testing/kms-servers.ts';
import type { VaultOptions } from './key-vault.ts';

export interface ProviderCase {
  readonly title: string;
  readonly provider: string;
  readonly masterKey: object | undefined;
  /** False where the provider's server cannot be had: skipped by name. */
  readonly runs: boolean;
}

function providerCase(kind: ProviderName, suffix: string, delegated = false): ProviderCase {
  return {
    title: `${kind}${suffix}${delegated ? ' (delegated)' : ''}`,
    provider: `${kind}${suffix}`,
    masterKey: delegated ? { ...masterKeys[kind], delegated } : masterKeys[kind],
    runs: hasKmip || kind !== 'kmip',
  };
}

/** Each provider, and each again as `provider:ward`. */
export const providerCases: readonly ProviderCase[] = ['', ':ward'].flatMap((suffix) => [
  ...providerNames.map((kind) => providerCase(kind, suffix)),
  providerCase('kmip', suffix, true),
]);

export interface ProviderServers {
  readonly options: VaultOptions;
  /** The same providers with credentials that are none, and no client certificate. */
  readonly wrong: VaultOptions;
  readonly close: () => Promise<void>;
}

/** Starts the endpoints. */
export async function startProviderServers(): Promise<ProviderServers> {
  const { options, routes, close } = await startKmsServers();
  const providers: Document = { ...options.kmsProviders, azure: secondAzureClient };
  const tls = options.tlsOptions.aws;
  const shared = {
    kmsConnectCallback: options.kmsConnectCallback,
    routes: Object.fromEntries(routes),
  };
  const wrong = {
    ...providers,
    local: { key: Buffer.alloc(96, 6) },
    aws: { ...aws.credentials, secretAccessKey: 'another' },
    azure: { ...secondAzureClient, clientSecret: 'another' },
    gcp: { ...(providers['gcp'] as Document), email: 'another@project.example' },
  };
  return {
    options: { ...configured(providers, { ...tls }), ...shared },
    wrong: { ...configured(wrong, { tlsCAFile: tls?.tlsCAFile }), ...shared },
    close,
  };
}

/** Every provider twice, under its own name and as `provider:ward`. */
function configured(providers: Document, tls: Document) {
  const named = Object.fromEntries(
    Object.entries(providers).map(([name, value]: [string, unknown]) => [`${name}:ward`, value]),
  );
  const kmsProviders: Document = { ...providers, ...named };
  const remote = Object.keys(kmsProviders).filter((name) => !name.startsWith('local'));
  return { kmsProviders, tlsOptions: Object.fromEntries(remote.map((name) => [name, tls])) };
}
