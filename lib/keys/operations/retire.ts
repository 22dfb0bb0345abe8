// Retires a data key: what is under it gets a new one, under the CMK of the key policy. The shared key's records are
// searched all the while; a patient's own key is replaced by one write.
import 'server-only';
import { ObjectId } from 'mongodb';
import { currentKeyPolicy, keyVault, keyVaultDb, storedPatients } from '@/lib/db/connections';
import { SHARED_KEY_NAME } from '../data-keys';
import { KeyError } from '../errors';
import { backupKeyVault } from './backup';
import { convertBatch } from './convert';
import { ConversionClient } from './convert-client';
import { readStored, type Conversion } from './convert-plan';
import {
  convertAll,
  DONE,
  required,
  runOf,
  runSteps,
  saveState,
  sweep,
  type ConversionRun,
  type ReplaceOptions,
} from './convert-run';
import {
  announce,
  deleteOldSharedKey,
  notUnderSharedKey,
  switchOver,
  withdraw,
} from './convert-shared';
import { waitForCaches } from './convert-wait';
import { unfinishedOperation, type OperationRecord } from './journal';
import { runOperation } from './run';
import { deleteSuperseded } from './superseded';

/**
 * Replaces the shared key and encrypts every SSN and policy number anew. Killed anywhere, the same request goes on with
 * it. Throws KeyError `RECORDS` if records stand in the way (two patients with one SSN), named by patient id: the clinic
 * works on under both keys until they are corrected. Throws `VAULT` with `KEY_EXPIRATION_MS=0`: see `ReplaceOptions`.
 */
export function retireSharedKey(options: ReplaceOptions): Promise<OperationRecord> {
  const { startedBy, backupDir } = options;
  const request = { kind: 'retire', options: { key: SHARED_KEY_NAME } } as const;
  const steps = {
    backup: async () => {
      await backupKeyVault(backupDir);
      return 'announce';
    },
    announce: async (run: ConversionRun) => {
      await announce(run);
      return 'switch';
    },
    switch: async (run: ConversionRun) => {
      await switchOver(run);
      return 'convert';
    },
    convert: async (run: ConversionRun) => {
      await convertAll(run, sharedConversion(run));
      return 'sweep';
    },
    sweep: async (run: ConversionRun) => {
      await sweepShared(run);
      return 'withdraw';
    },
    withdraw: async (run: ConversionRun) => {
      await withdraw(run);
      return 'wait';
    },
    wait: async (run: ConversionRun) => {
      await waitForCaches(run);
      return 'last-sweep';
    },
    'last-sweep': async (run: ConversionRun) => {
      await sweepShared(run);
      return 'delete';
    },
    delete: async (run: ConversionRun) => {
      await deleteOldSharedKey(run);
      return DONE;
    },
  };
  return runOperation(request, { first: 'backup', startedBy }, (operation) =>
    runSteps(runOf(operation, options), steps),
  );
}

/**
 * Gives one patient a new data key and encrypts blood type and visits anew. `keyAltName` names the present key. Throws
 * KeyError `VAULT` if no patient has that key. If the fields do not decrypt, the key stays: see `state.problems` of the
 * record that is returned.
 */
export async function retirePatientKey(
  options: ReplaceOptions & { readonly keyAltName: string },
): Promise<OperationRecord> {
  const { keyAltName, startedBy, backupDir } = options;
  const patientId = await patientOfKey(keyAltName);
  const request = {
    kind: 'retire',
    options: { key: keyAltName, patientId: patientId.toHexString() },
  } as const;
  const steps = {
    backup: async () => {
      await backupKeyVault(backupDir);
      return 'convert';
    },
    convert: async (run: ConversionRun) => {
      const { cmk } = await currentKeyPolicy();
      const { operationId } = run.operation.record;
      const client = new ConversionClient();
      try {
        const { problems } = await convertBatch(
          client,
          { operationId, sharedKeyId: null, own: { cmk, isReplaced: () => true } },
          await readStored([patientId]),
        );
        await saveState(run, { problems: [...problems] });
      } finally {
        await client.close();
      }
      return 'wait';
    },
    wait: async (run: ConversionRun) => {
      await waitForCaches(run);
      return 'delete';
    },
    delete: async (run: ConversionRun) => {
      await deleteSuperseded(run.operation.record.operationId, () => undefined);
      return DONE;
    },
  };
  const patientIds = [patientId.toHexString()];
  return runOperation(request, { first: 'backup', startedBy, patientIds }, (operation) =>
    runSteps(runOf(operation, options), steps),
  );
}

/** Whose key that is; of an unfinished retirement, whose it was. */
async function patientOfKey(keyAltName: string): Promise<ObjectId> {
  const patient = await storedPatients().findOne(
    { keyAltName, erasedAt: { $exists: false } },
    { projection: { _id: 1 } },
  );
  const key = await keyVault().findOne({ keyAltNames: keyAltName }, { projection: { _id: 1 } });
  if (patient !== null && key !== null) return patient._id;
  const unfinished = await unfinishedOperation(keyVaultDb());
  if (unfinished?.kind === 'retire' && unfinished.options['key'] === keyAltName) {
    return new ObjectId(String(unfinished.options['patientId']));
  }
  throw new KeyError(
    'VAULT',
    `Expected the alt name of a patient's present data key, got \`${keyAltName}\``,
  );
}

function sharedConversion(run: ConversionRun): Conversion {
  const { operationId } = run.operation.record;
  return { operationId, sharedKeyId: required(run, 'sharedKeyId'), own: null };
}

function sweepShared(run: ConversionRun): Promise<void> {
  const stale = notUnderSharedKey(required(run, 'sharedKeyId'));
  return sweep(run, sharedConversion(run), { left: stale, stale });
}
