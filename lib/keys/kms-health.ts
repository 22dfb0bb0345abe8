// Whether the KMS answers this process: who was asked, when it first failed, and when that was over. Sees connections and
// credentials through the driver's callbacks, and the errors of operations; holds no key and starts nothing of its own.
import 'server-only';
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  MongoCryptAzureKMSRequestError,
  MongoCryptError,
  MongoCryptKMSRequestNetworkTimeoutError,
} from 'mongodb';
import { env } from '@/lib/env';
import type { KmsOptions } from './kms';
import { providerKind } from './kms-refusal';
import { PROVIDERS } from './providers';

/** The KMS was needed and did not help; what is encrypted can be neither read nor written. */
export class KmsOutage extends Error {
  override readonly name = 'KmsOutage';
  /** `aws`, `azure`, `gcp`, `kmip`. */
  readonly provider: string;
  /** The first failure since it last helped this process. */
  readonly since: Date;
  /** It answered, and refused. */
  readonly refused: boolean;

  constructor(provider: string, since: Date, refused: boolean, cause: unknown) {
    super(`KMS provider \`${provider}\` has failed since ${since.toISOString()}`, { cause });
    this.provider = provider;
    this.since = since;
    this.refused = refused;
  }
}

/** What one operation has asked of KMSs, and the errors of those that could not even be asked. */
interface Asked {
  readonly providers: Set<string>;
  readonly failures: Map<unknown, string>;
}

interface Health {
  readonly operations: AsyncLocalStorage<Asked>;
  /** By provider, the first failure since the last success. */
  readonly failingSince: Map<string, Date>;
}

// A module is evaluated anew on each hot reload; the process has one globalThis.
const kept: { medcomdKmsHealth?: Health } & typeof globalThis = globalThis;

function health(): Health {
  return (kept.medcomdKmsHealth ??= {
    operations: new AsyncLocalStorage(),
    failingSince: new Map(),
  });
}

/**
 * Runs `work` and keeps account of what it asks of KMSs. Throws KmsOutage in place of an error that a KMS is to blame
 * for; every other error stays what it is.
 */
export async function noticeKms<T>(work: () => Promise<T>): Promise<T> {
  const { operations, failingSince } = health();
  const asked: Asked = { providers: new Set(), failures: new Map() };
  try {
    const result = await operations.run(asked, work);
    const failed = new Set(asked.failures.values());
    for (const provider of asked.providers) {
      if (!failed.has(provider)) failingSince.delete(provider);
    }
    return result;
  } catch (error) {
    if (!isKmsFailure(error, asked)) throw error;
    const provider = providerToBlame(error, asked);
    const since = failingSince.get(provider) ?? new Date();
    failingSince.set(provider, since);
    throw new KmsOutage(provider, since, isRefusal(error), error);
  }
}

/** Whether a KMS is to blame for this error of the operation under way. */
export function blamesKms(error: unknown): boolean {
  const asked = health().operations.getStore();
  return asked !== undefined && isKmsFailure(error, asked);
}

/** The same options, whose callbacks tell `noticeKms` who is asked. */
export function watchKms(options: KmsOptions): KmsOptions {
  const { kmsConnectCallback, credentialProviders } = options;
  const aws = credentialProviders?.aws;
  return {
    ...options,
    ...(aws && { credentialProviders: { aws: () => noteAsked('aws', aws) } }),
    ...(kmsConnectCallback && {
      kmsConnectCallback: (address) =>
        noteAsked(providerAt(address, options), () => kmsConnectCallback(address)),
    }),
  };
}

async function noteAsked<T>(provider: string, ask: () => Promise<T>): Promise<T> {
  const asked = health().operations.getStore();
  asked?.providers.add(provider);
  try {
    return await ask();
  } catch (error) {
    asked?.failures.set(error, provider);
    throw error;
  }
}

// The driver keeps only the message of what the encryption module says of a reply, so these three are told by words: the
// driver's own two, and how all sentences of the module about a KMS name their provider.
const KMS_WORDS =
  /^KMS request |^KMS provider `|in the answer of `|from the KMS|^Expected a KMIP|^Expected key or data bytes/;

function isKmsFailure(error: unknown, { providers, failures }: Asked): boolean {
  for (const at of chainOf(error)) {
    if (failures.has(at)) return true;
    if (at instanceof MongoCryptKMSRequestNetworkTimeoutError) return true;
    if (at instanceof MongoCryptAzureKMSRequestError) return true;
    if (at instanceof MongoCryptError && providers.size > 0 && KMS_WORDS.test(at.message)) {
      return true;
    }
  }
  return false;
}

/** HTTP status 403, or a KMIP refusal: something else than a server in trouble. */
function isRefusal(error: unknown): boolean {
  return [...chainOf(error)].some(({ message }) => {
    const status = /answered with HTTP status (\d+)/.exec(message)?.[1];
    if (status !== undefined) return !/^(?:5|408|429)/.test(status);
    return message.includes('refused with KMIP reason');
  });
}

function providerToBlame(error: unknown, { providers, failures }: Asked): string {
  for (const at of chainOf(error)) {
    const failed = failures.get(at);
    if (failed !== undefined) return providerKind(failed);
    const named = /KMS provider `([^`]+)`/.exec(at.message)?.[1];
    if (named !== undefined) return providerKind(named);
  }
  // The one that was asked last: earlier ones have answered.
  return [...providers].at(-1) ?? env().kmsProvider;
}

function* chainOf(error: unknown): Generator<Error> {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++)
    yield at;
}

const CLOUDS: readonly (readonly [provider: string, domain: RegExp])[] = [
  ['aws', /\.amazonaws\.com(?:\.cn)?$/],
  ['azure', /\.(?:azure\.net|azure\.cn|microsoftonline\.com|microsoftonline\.us)$/],
  ['gcp', /\.googleapis\.com$/],
];

/** Whose address that is: by the settings, then by the clouds' domains. */
function providerAt({ host, port }: { host: string; port: number }, options: KmsOptions): string {
  const remote = Object.keys(options.kmsProviders)
    .map(providerKind)
    .filter((kind) => kind !== 'local');
  const [only = 'kms'] = remote;
  if (new Set(remote).size <= 1) return only;
  const names = [host, `${host}:${port}`];
  for (const { name, configure } of Object.values(PROVIDERS)) {
    const configured = configure(env().kms);
    if (configured === null) continue;
    const { kmsProviders, masterKeys } = configured;
    // Addresses are among the providers' own options and among those of their CMKs.
    const given = [...valuesOf(kmsProviders), ...masterKeys.map(({ masterKey }) => masterKey)];
    const values = given.flatMap(valuesOf);
    if (names.some((at) => values.includes(at))) return name;
  }
  return CLOUDS.find(([, domain]) => domain.test(host))?.[0] ?? only;
}

function valuesOf(given: unknown): unknown[] {
  const isObject = typeof given === 'object' && given !== null;
  return isObject ? Object.values(given as Record<string, unknown>) : [];
}
