// The shape of a KMS provider as the clinic configures it. A provider knows its own settings, nothing of the others,
// of the database or of process.env: settings come in as text, the driver's options go out.
import 'server-only';
import type { Socket } from 'node:net';
import type { AutoEncryptionOptions, Document, KMSProviders } from 'mongodb';
import type { z } from 'zod';
import type { CustomerMasterKey } from '../kms';

export type ProviderName = 'local' | 'aws' | 'azure' | 'gcp' | 'kmip';

/** Settings as they were given, by name; what was blank is undefined. */
export type GivenSettings = Readonly<Record<string, string | undefined>>;

/** What a setting must look like; `docs/configuration.md` lists each of them. */
export type SettingForms = Readonly<Record<string, z.ZodType<string | undefined>>>;

/** The setting, and what is wrong with it in words that hold no value. */
export type SettingProblem = readonly [setting: string, problem: string];

export interface Situation {
  /** Whether `KMS_PROVIDER` names this provider. */
  readonly chosen: boolean;
  readonly production: boolean;
  /** Absolute. */
  readonly dataDir: string;
}

/** A provider whose settings are there, in the driver's terms. */
export interface ConfiguredProvider {
  /** Its entries of `kmsProviders`: one, or one more for each further name as `local:next`. */
  readonly kmsProviders: KMSProviders;
  readonly tlsOptions?: NonNullable<AutoEncryptionOptions['tlsOptions']>;
  /** Finds credentials that are not settings, for an entry that is `{}`. */
  readonly credentialProviders?: NonNullable<AutoEncryptionOptions['credentialProviders']>;
  /** CMKs for new data keys; the first one is what `KMS_PROVIDER` means. */
  readonly masterKeys: readonly [CustomerMasterKey, ...CustomerMasterKey[]];
  /** Opens a connection its own way; undefined for an address that it does not know. */
  readonly connect?: (host: string, port: number) => Promise<Socket> | undefined;
}

export interface Provider {
  readonly name: ProviderName;
  readonly settings: SettingForms;
  /** The settings without which it is not configured. */
  readonly needs: readonly string[];
  /** What is wrong beyond the form of single settings: what is missing beside others, files, certificates. */
  readonly problems: (given: GivenSettings, situation: Situation) => Iterable<SettingProblem>;
  /** Null where its settings are not there. Throws where they are wrong: ask `problems` first. */
  readonly configure: (given: GivenSettings) => ConfiguredProvider | null;
  /** The CMK in words, without the provider's name: `key 1`. Empty if there is nothing to say. */
  readonly describe: (masterKey: Document | null) => string;
}

/** A provider that is chosen, or that has one of its settings, needs these too. */
export function* missingSettings(
  { settings, needs }: Pick<Provider, 'settings' | 'needs'>,
  given: GivenSettings,
  { chosen }: Situation,
): Generator<SettingProblem> {
  const present = Object.keys(settings).find((name) => given[name] !== undefined);
  if (!chosen && present === undefined) return;
  const why = chosen ? 'with this `KMS_PROVIDER`' : `beside \`${present ?? ''}\``;
  for (const name of needs) if (given[name] === undefined) yield [name, `is needed ${why}`];
}
