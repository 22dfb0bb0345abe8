// Which CMK a rotation or a migration goes to. An unfinished one goes where it went: the settings and the policy may have
// changed since it began.
import 'server-only';
import { currentKeyPolicy, keyVaultDb } from '@/lib/db/connections';
import { KeyError } from '../errors';
import { configuredMasterKey, type CustomerMasterKey } from '../kms';
import { unfinishedOperation } from './journal';

/** The two slots of a local master key take turns. */
const OTHER_SLOT: Readonly<Record<string, CustomerMasterKey['provider']>> = {
  local: 'local:next',
  'local:next': 'local',
};

/**
 * Where `rotate` goes: to the CMK of the settings at the present provider, for a local one to the slot that is not current.
 * `slot` names the slot. Throws KeyError `MASTER_KEY` with the settings that are missing, or if `slot` is at another provider.
 */
export async function rotationTarget(slot?: string): Promise<CustomerMasterKey> {
  const unfinished = await targetUnderWay('rotate', slot);
  if (unfinished !== null) return unfinished;
  const { provider } = (await currentKeyPolicy()).cmk;
  if (slot !== undefined && kindOf(slot) !== kindOf(provider)) {
    throw new KeyError(
      'MASTER_KEY',
      `Expected a slot of the present provider \`${kindOf(provider)}\`, got \`${slot}\`: to go there, migrate`,
    );
  }
  return configuredMasterKey(providerNamed(slot) ?? OTHER_SLOT[provider] ?? provider);
}

/** Where `migrate` goes: to the CMK of the settings at this provider. Throws KeyError `MASTER_KEY` with those that are missing. */
export async function migrationTarget(provider: string): Promise<CustomerMasterKey> {
  return (
    (await targetUnderWay('migrate', provider)) ?? configuredMasterKey(providerNamed(provider))
  );
}

async function targetUnderWay(
  kind: 'rotate' | 'migrate',
  provider: string | undefined,
): Promise<CustomerMasterKey | null> {
  const unfinished = await unfinishedOperation(keyVaultDb());
  if (unfinished?.kind !== kind) return null;
  const to = unfinished.options['to'] as CustomerMasterKey;
  return provider === undefined || to.provider === provider ? to : null;
}

function providerNamed(name: string | undefined): CustomerMasterKey['provider'] | undefined {
  return name as CustomerMasterKey['provider'] | undefined;
}

function kindOf(provider: string): string {
  return provider.split(':', 1)[0] ?? provider;
}
