// What must hold of the key vault before a clinic starts, and what is said when it does not: which provider, which
// setting, what the provider answered. No message holds a secret.
import 'server-only';
import type { ClientEncryption, Collection, DataKey } from 'mongodb';
import { env } from '@/lib/env';
import { cmkOf } from './cmk-groups';
import { ensureDataKey, requireKeyOpens, SHARED_KEY_NAME } from './data-keys';
import { KeyError } from './errors';
import {
  configuredMasterKey,
  describeMasterKey,
  isConfigured,
  isSameMasterKey,
  notConfigured,
  withIdentifierOf,
  type CustomerMasterKey,
} from './kms';
import { explainRefusal, permissionOf, providerKind } from './kms-refusal';
import type { KeyPolicy } from './policy';

/** The setting that names a CMK which must exist already. */
const KEY_SETTINGS: Readonly<Record<string, string>> = {
  aws: 'KMS_AWS_KEY',
  azure: 'KMS_AZURE_KEY_NAME',
  gcp: 'KMS_GCP_KEY_NAME',
  kmip: 'KMS_KMIP_KEY_IDENTIFIER',
};

/**
 * The shared key of a database, made under the CMK of the settings if there is none, and the CMK it is under. A KMIP
 * server gives an identifier where none is set: read from the shared key, it is the same one after every interruption.
 * Throws KeyError `MASTER_KEY` that says what the provider refused.
 */
export async function ensureSharedKey(
  clientEncryption: ClientEncryption,
  vault: Collection<DataKey>,
): Promise<Pick<KeyPolicy, 'cmk' | 'sharedKeyId'>> {
  const wanted = configuredMasterKey();
  const sharedKeyId = await ensureDataKey(clientEncryption, SHARED_KEY_NAME, wanted).catch(
    (error: unknown) => {
      throw refusedToMake(wanted, error);
    },
  );
  const key = await vault.findOne({ _id: sharedKeyId });
  if (key === null) throw new KeyError('VAULT', 'Expected the shared data key, got none');
  return { cmk: cmkOf(key.masterKey), sharedKeyId };
}

/**
 * To be asked before a first shared key is made. Throws KeyError `VAULT` if there are encrypted records but no shared key:
 * a vault that was lost must not look like a new clinic, which would register every SSN a second time.
 */
export async function requireNoLostVault(
  vault: Collection<DataKey>,
  patients: Collection,
): Promise<void> {
  const projection = { _id: 1 } as const;
  if ((await vault.findOne({ keyAltNames: SHARED_KEY_NAME }, { projection })) !== null) return;
  if ((await patients.findOne({ ssn: { $exists: true } }, { projection })) === null) return;
  throw new KeyError(
    'VAULT',
    `Expected the key vault of the records in this database, got none with their shared key. ${RESTORE}`,
  );
}

const RESTORE =
  'Put it back from a backup: `npm run medco -- keys restore FILE`. Without it nothing that is encrypted can be read';

/**
 * Throws KeyError `MASTER_KEY` unless every provider that keys of the vault are under is configured, and the shared key
 * opens, and `VAULT` if that is gone.
 */
export async function requireVaultOpens(
  clientEncryption: ClientEncryption,
  vault: Collection<DataKey>,
  policy: KeyPolicy,
): Promise<void> {
  const used = (await vault.distinct('masterKey.provider')) as string[];
  for (const provider of new Set([policy.cmk.provider, ...used])) {
    if (isConfigured(provider)) continue;
    const { message } = notConfigured(provider);
    throw new KeyError('MASTER_KEY', `This database has keys under \`${provider}\`. ${message}`);
  }
  const shared = await vault.findOne({ _id: policy.sharedKeyId }, { projection: { _id: 1 } });
  if (shared === null) {
    throw new KeyError(
      'VAULT',
      `Expected the shared data key in the key vault, got none. ${RESTORE}`,
    );
  }
  await requireKeyOpens(clientEncryption, policy.sharedKeyId);
}

/** One line for the operator where the settings name another CMK than the one that is in force; null otherwise. */
export function settingsNotice({ cmk }: Pick<KeyPolicy, 'cmk'>): string | null {
  const { kmsProvider } = env();
  const inForce = `New data keys are under \`${describeMasterKey(cmk)}\``;
  if (providerKind(cmk.provider) !== kmsProvider) {
    return `${inForce}, but \`KMS_PROVIDER\` is \`${kmsProvider}\`: \`npm run medco -- keys migrate --to ${kmsProvider}\` changes that`;
  }
  if (kmsProvider === 'local') return null;
  const named = withIdentifierOf(configuredMasterKey(), cmk);
  if (isSameMasterKey(named, cmk)) return null;
  return `${inForce}, but the settings name \`${describeMasterKey(named)}\`: \`npm run medco -- keys rotate\` changes that`;
}

function refusedToMake(cmk: CustomerMasterKey, error: unknown): unknown {
  if (error instanceof KeyError) return error;
  const { provider } = cmk;
  const resource = describeMasterKey(cmk);
  const name = permissionOf(provider, 'wrap');
  const { reason, problem } = explainRefusal(error, { provider, name, resource });
  const setting = reason === 'missing' ? KEY_SETTINGS[providerKind(provider)] : undefined;
  const where = setting === undefined ? '' : `: set \`${setting}\` to one that is there`;
  return new KeyError(
    'MASTER_KEY',
    `The first data key cannot be made under \`${resource}\`. ${problem}${where}`,
    error,
  );
}
