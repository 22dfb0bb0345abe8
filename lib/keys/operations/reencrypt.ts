// Migration the guide's way: a new CMK, new data keys under it, every document decrypted with the old and encrypted with
// the new ones, and the old keys removed once everything was read again. The clinic works all the while.
import 'server-only';
import type { Filter } from 'mongodb';
import { currentKeyPolicy, keyVault, keyVaultDb } from '@/lib/db/connections';
import type { PlainPatient } from '@/lib/db/patient-document';
import { cmkOf, notUnderMasterKey } from '../cmk-groups';
import { isSameMasterKey, type CustomerMasterKey } from '../kms';
import { changeKeyPolicy } from '../policy';
import { requirePreflight } from '../preflight';
import { backupKeyVault } from './backup';
import { checkBatch } from './convert-check';
import { newKeyPrefix, type Conversion, type StoredPatient, type VaultKey } from './convert-plan';
import {
  convertAll,
  DONE,
  passOver,
  required,
  runOf,
  runSteps,
  saveState,
  sweep,
  type ConversionRun,
  type ReplaceOptions,
  type Steps,
} from './convert-run';
import {
  announce,
  deleteOldSharedKey,
  notUnderSharedKey,
  switchOver,
  withdraw,
} from './convert-shared';
import { waitForCaches } from './convert-wait';
import type { OperationRecord } from './journal';
import { rewrapRest } from './reencrypt-rest';
import { runOperation } from './run';
import { deleteSuperseded } from './superseded';

export interface ReencryptOptions extends ReplaceOptions {
  /** The CMK that all data keys are under afterwards. May be the present one: all data keys are new then, too. */
  readonly to: CustomerMasterKey;
}

/**
 * Gives the shared fields and every patient a new data key under `to` and encrypts every record anew. Killed anywhere, the
 * same request goes on with it. Old data keys are deleted at the end; those of patients whose fields do not decrypt stay,
 * see `state.problems` of the record that is returned. Throws KeyError `MASTER_KEY` if `to` cannot be used (nothing has
 * changed then), `RECORDS` if records stand in the way or do not read as before (nothing is deleted then), `VAULT` with
 * `KEY_EXPIRATION_MS=0`, `BUSY` beside another operation.
 */
export function reencrypt(options: ReencryptOptions): Promise<OperationRecord> {
  const { to, startedBy } = options;
  const request = { kind: 'migrate', options: { how: 're-encrypt', to: { ...to } } } as const;
  return runOperation(request, { first: 'preflight', startedBy }, (operation) =>
    runSteps(runOf(operation, options), stepsOf(options)),
  );
}

function stepsOf({ to, backupDir }: ReencryptOptions): Steps {
  return {
    preflight: async (run) => {
      const { cmk } = await requirePreflight(to);
      await saveState(run, { target: cmk });
      return 'backup';
    },
    backup: async () => {
      await backupKeyVault(backupDir);
      return 'policy';
    },
    policy: async (run) => {
      const policy = await currentKeyPolicy();
      const cmk = required(run, 'target');
      if (!isSameMasterKey(policy.cmk, cmk)) await changeKeyPolicy(keyVaultDb(), policy, { cmk });
      return 'announce';
    },
    announce: async (run) => {
      await announce(run);
      return 'switch';
    },
    switch: async (run) => {
      await switchOver(run);
      return 'convert';
    },
    convert: async (run) => {
      await convertAll(
        run,
        conversion(run, () => true),
      );
      return 'sweep';
    },
    sweep: async (run) => {
      await sweepAll(run);
      return 'withdraw';
    },
    withdraw: async (run) => {
      await withdraw(run);
      return 'wait';
    },
    wait: async (run) => {
      await waitForCaches(run);
      return 'last-sweep';
    },
    'last-sweep': async (run) => {
      await sweepAll(run);
      return 'verify';
    },
    verify: async (run) => {
      const { operationId } = run.operation.record;
      const sharedKeyId = required(run, 'sharedKeyId');
      await passOver(run, async (client, batch) => {
        await checkBatch(client, { operationId, sharedKeyId }, batch);
        return {};
      });
      return 'delete';
    },
    delete: async (run) => {
      const { operationId, phase } = run.operation.record;
      await deleteOldSharedKey(run);
      await deleteSuperseded(operationId, (done, total) => run.onProgress({ phase, done, total }));
      return 'rewrap-rest';
    },
    'rewrap-rest': async (run) => {
      const { phase } = run.operation.record;
      const target = required(run, 'target');
      await rewrapRest(target, (done, total) => run.onProgress({ phase, done, total }));
      return DONE;
    },
  };
}

function conversion(
  run: ConversionRun,
  isReplaced: (patient: StoredPatient, key: VaultKey) => boolean,
): Conversion {
  const { operationId } = run.operation.record;
  const cmk = required(run, 'target');
  return { operationId, sharedKeyId: required(run, 'sharedKeyId'), own: { cmk, isReplaced } };
}

/**
 * What came after the main pass is under a key that was made under the target, except for a key that was made while the
 * policy changed: that one was under the old CMK, if only until its maker rewrapped it.
 */
async function sweepAll(run: ConversionRun): Promise<void> {
  const target = required(run, 'target');
  const wasElsewhere = ({ masterKey, creationDate, updateDate }: VaultKey): boolean =>
    !isSameMasterKey(cmkOf(masterKey), target) || updateDate.getTime() !== creationDate.getTime();
  const prefix = newKeyPrefix(run.operation.record.operationId);
  const stale = notUnderSharedKey(required(run, 'sharedKeyId'));
  const otherName: Filter<PlainPatient> = {
    $or: [{ keyAltName: { $lt: prefix } }, { keyAltName: { $gt: `${prefix}g` } }],
  };
  const left = { $or: [...(stale.$or ?? []), ...(otherName.$or ?? [])] };
  await sweep(
    run,
    conversion(run, (_, key) => wasElsewhere(key)),
    { left, stale },
  );
}

/** How many data keys are still under another CMK. */
export function keysElsewhere(target: CustomerMasterKey): Promise<number> {
  return keyVault().countDocuments(notUnderMasterKey(target));
}
