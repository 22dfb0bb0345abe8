// The write of a conversion: encrypt, one conditional update for each document, and a comparison of what can be read
// afterwards with what was there before.
import 'server-only';
import { MongoBulkWriteError, type AnyBulkWriteOperation, type Document, type UUID } from 'mongodb';
import { storedPatients } from '@/lib/db/connections';
import type { PlainPatient } from '@/lib/db/patient-document';
import { isConflictCode, untilNoConflict } from '@/lib/db/write-conflict';
import { ensureDataKey } from '../data-keys';
import { KeyError } from '../errors';
import type { ConversionClient } from './convert-client';
import { readWhatDecrypts } from './convert-damage';
import { newKeyName, type Conversion, type Problems, type Step } from './convert-plan';
import { inTurns } from './convert-turns';
import {
  exactValue,
  isSameClear,
  OWN_FIELDS,
  SHARED_FIELDS,
  type ClearRecord,
  type EncryptedField,
} from './convert-values';
import { noteSuperseded, type SupersededKey } from './superseded';

/** Documents that are encrypted at the same time. */
const IN_FLIGHT = 8;
const DUPLICATE_KEY = 11000;
const DETERMINISTIC = 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic';
const RANDOM = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';

/** A write that was sent: what was there before, and what it sets. */
export interface Sent {
  readonly clear: ClearRecord;
  readonly set: Document;
}

interface Prepared extends Sent {
  readonly operation: AnyBulkWriteOperation<PlainPatient>;
  readonly superseded: SupersededKey | null;
}

/** Writes the steps. A write that comes too late matches nothing, and is in the answer all the same. */
export async function writeSteps(
  client: ConversionClient,
  conversion: Conversion,
  steps: readonly Step[],
  problems: Problems,
): Promise<Sent[]> {
  const stepOf = new Map(steps.map((step) => [step.patient._id.toHexString(), step]));
  const records = await readWhatDecrypts(client, steps, problems);
  const prepared = await inTurns(IN_FLIGHT, records, async (clear) => {
    const step = stepOf.get(clear._id.toHexString());
    // Somebody wrote since the plan was made: this write would match nothing.
    if (step?.patient.revision !== clear.revision) return null;
    return prepareWrite(client, conversion, { step, clear, problems });
  });
  const writes = prepared.filter((write) => write !== null);
  if (writes.length === 0) return [];
  await noteSuperseded(writes.flatMap(({ superseded }) => superseded ?? []));
  const refused = new Set<number>();
  try {
    const operations = writes.map(({ operation }) => operation);
    await untilNoConflict(() => storedPatients().bulkWrite(operations, { ordered: false }));
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error;
    for (const { code, index } of [error.writeErrors].flat()) {
      const clear = writes[index]?.clear;
      if (clear === undefined) throw error;
      refused.add(index);
      // It met somebody else's write: the next look at the record finds what is left to do.
      if (isConflictCode(code)) continue;
      if (code !== DUPLICATE_KEY) throw error;
      problems.add(clear._id, 'shared', 'duplicate-ssn');
    }
  }
  return writes.filter((_, index) => !refused.has(index));
}

interface Task {
  readonly step: Step;
  readonly clear: ClearRecord;
  readonly problems: Problems;
}

async function prepareWrite(
  client: ConversionClient,
  { operationId, sharedKeyId, own }: Conversion,
  { step, clear, problems }: Task,
): Promise<Prepared | null> {
  const { _id, revision, keyAltName } = step.patient;
  const { clientEncryption } = client;
  const set: Document = {};
  const encryptAll = async (
    names: readonly EncryptedField[],
    keyId: UUID,
    algorithm: typeof DETERMINISTIC | typeof RANDOM,
  ): Promise<boolean> => {
    for (const name of names) {
      const box = clear.fields.get(name);
      if (box === undefined) continue;
      const exact = exactValue(box);
      if (exact === null) return false;
      set[name] = await clientEncryption.encrypt(exact.value, { keyId, algorithm });
    }
    return true;
  };
  if (step.shared && sharedKeyId !== null) {
    if (!(await encryptAll(SHARED_FIELDS, sharedKeyId, DETERMINISTIC))) {
      problems.add(_id, 'shared', 'not-reproducible');
      return null;
    }
  }
  let superseded: SupersededKey | null = null;
  if (step.own !== null && own !== null) {
    const target = newKeyName(operationId, _id);
    const keyId = step.own.newKeyId ?? (await ensureDataKey(clientEncryption, target, own.cmk));
    if (!(await encryptAll(OWN_FIELDS, keyId, RANDOM))) {
      problems.add(_id, 'own', 'not-reproducible');
      return null;
    }
    set['keyAltName'] = target;
    superseded = {
      ...{ _id: step.own.oldKeyId, operationId, patientId: _id },
      ...{ supersededBy: keyId, at: new Date() },
    };
  }
  const filter = { _id, revision, keyAltName, erasedAt: { $exists: false } };
  const update = { $set: set, $inc: { revision: 1 } };
  return { clear, set, operation: { updateOne: { filter, update } }, superseded };
}

/**
 * Reads everything once more from the database: nothing counts as done on the word of a write. Throws KeyError
 * `RECORDS` if a record does not read as before.
 */
export async function compareSent(client: ConversionClient, sent: readonly Sent[]): Promise<void> {
  const byId = new Map(sent.map((one) => [one.clear._id.toHexString(), one]));
  const ids = (own: boolean) =>
    sent.filter(({ set }) => 'keyAltName' in set === own).map(({ clear }) => clear._id);
  for (const own of [true, false]) {
    for (const record of await client.read(ids(own), own ? [] : OWN_FIELDS)) {
      const before = byId.get(record._id.toHexString());
      // A later revision is somebody else's write on top of ours; that it decrypts is what can be asked of it.
      if (before === undefined || record.revision !== before.clear.revision + 1) continue;
      if (isSameClear(before.clear, record) || !(await isThere(before))) continue;
      throw new KeyError(
        'RECORDS',
        `Expected patient ${record._id.toHexString()} to read as before its conversion, got something else`,
      );
    }
  }
}

/** Whether this write is what the document holds, and not another one that came in its place. */
async function isThere({ clear, set }: Sent): Promise<boolean> {
  const { _id, revision } = clear;
  const filter = { _id, revision: revision + 1, ...set };
  return (await storedPatients().countDocuments(filter)) === 1;
}
