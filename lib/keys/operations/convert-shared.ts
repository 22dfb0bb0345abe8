// The phases in which the shared key is replaced: lib/keys/README.md, point 3. Documents are converted between `switch`
// and `withdraw`, by whoever uses these.
import 'server-only';
import { Binary, UUID, type Filter } from 'mongodb';
import {
  currentKeyPolicy,
  currentNames,
  doctorClientEncryption,
  keyVault,
  keyVaultDb,
  storedPatients,
} from '@/lib/db/connections';
import { createClientEncryption } from '@/lib/db/doctor-client';
import type { PlainPatient } from '@/lib/db/patient-document';
import { ensureDataKey, requireKeyOpens, SHARED_KEY_NAME } from '../data-keys';
import { KeyError } from '../errors';
import { kmsOptions } from '../kms';
import { changeKeyPolicy, type KeyPolicy } from '../policy';
import { required, saveState, type ConversionRun } from './convert-run';
import { SHARED_FIELDS } from './convert-values';
import { noteSuperseded } from './superseded';

/** Makes the new shared key and has every process search under it, too. Nothing is written under it yet. */
export async function announce(run: ConversionRun): Promise<void> {
  const { operationId } = run.operation.record;
  const policy = await currentKeyPolicy();
  const name = `${SHARED_KEY_NAME}:${operationId}`;
  const sharedKeyId = await ensureDataKey(doctorClientEncryption(), name, policy.cmk);
  await requireKeyOpens(withoutCache(), sharedKeyId);
  if (policy.otherSharedKeyId === null) {
    // Written down before it is announced: afterwards nothing else says which one the old key is.
    await saveState(run, { sharedKeyId, oldSharedKeyId: policy.sharedKeyId });
    await changeKeyPolicy(keyVaultDb(), policy, { otherSharedKeyId: sharedKeyId });
  } else {
    requireKeys(run, policy);
  }
}

/** From here on everything is written under the new key, and searched under both. */
export async function switchOver(run: ConversionRun): Promise<void> {
  const policy = await currentKeyPolicy();
  requireKeys(run, policy);
  const change = {
    sharedKeyId: required(run, 'sharedKeyId'),
    otherSharedKeyId: required(run, 'oldSharedKeyId'),
  };
  if (policy.sharedKeyId.equals(change.sharedKeyId)) return;
  await changeKeyPolicy(keyVaultDb(), policy, change);
}

/** No search looks under the old key any more. Call it when nothing is left under it. */
export async function withdraw(run: ConversionRun): Promise<void> {
  const policy = await currentKeyPolicy();
  if (policy.otherSharedKeyId === null) return;
  requireKeys(run, policy);
  // First, or the inventory would not know for a while what the old key is.
  await noteOldSharedKey(run);
  await changeKeyPolicy(keyVaultDb(), policy, { otherSharedKeyId: null });
}

/** The new key takes the name, the old one goes. Throws KeyError `RECORDS` if a document is still under the old one. */
export async function deleteOldSharedKey(run: ConversionRun): Promise<void> {
  const { operationId } = run.operation.record;
  const sharedKeyId = required(run, 'sharedKeyId');
  const oldSharedKeyId = required(run, 'oldSharedKeyId');
  const left = await storedPatients().countDocuments(underSharedKey(oldSharedKeyId));
  if (left > 0) {
    throw new KeyError('RECORDS', `Expected no record under the old shared key, got ${left}`);
  }
  const policy = await currentKeyPolicy();
  if (!policy.sharedKeyId.equals(sharedKeyId) || policy.otherSharedKeyId !== null) {
    throw new KeyError('VAULT', 'Expected a key policy without the old shared key, got another');
  }
  const clientEncryption = doctorClientEncryption();
  await clientEncryption.removeKeyAltName(oldSharedKeyId, SHARED_KEY_NAME);
  await clientEncryption.addKeyAltName(sharedKeyId, SHARED_KEY_NAME);
  await clientEncryption.removeKeyAltName(sharedKeyId, `${SHARED_KEY_NAME}:${operationId}`);
  await keyVault().deleteOne({ _id: oldSharedKeyId });
}

function noteOldSharedKey(run: ConversionRun): Promise<void> {
  const { operationId } = run.operation.record;
  const [_id, supersededBy] = [required(run, 'oldSharedKeyId'), required(run, 'sharedKeyId')];
  return noteSuperseded([{ _id, operationId, patientId: null, supersededBy, at: new Date() }]);
}

/** Records with a deterministic field under this key. Uses the fields' indexes: ciphertexts of int32 have one length. */
export function underSharedKey(keyId: UUID): Filter<PlainPatient> {
  const [low, high] = bounds(keyId);
  return { $or: SHARED_FIELDS.map((name) => ({ [name]: { $gte: low, $lte: high } })) };
}

/** Records with a deterministic field under any other key. */
export function notUnderSharedKey(keyId: UUID): Filter<PlainPatient> {
  const [low, high] = bounds(keyId);
  return {
    erasedAt: { $exists: false },
    $or: SHARED_FIELDS.flatMap((name) => [{ [name]: { $lt: low } }, { [name]: { $gt: high } }]),
  };
}

/** Type 1, key id, then BSON type, IV, one block and tag. BinData compares by length, subtype and bytes, in this order. */
function bounds(keyId: UUID): [Binary, Binary] {
  const head = Buffer.concat([Buffer.of(1), keyId.buffer]);
  const filled = (byte: number) =>
    new Binary(Buffer.concat([head, Buffer.alloc(65, byte)]), Binary.SUBTYPE_ENCRYPTED);
  return [filled(0), filled(0xff)];
}

/** The policy must name these two shared keys, in whatever order. */
function requireKeys(run: ConversionRun, { sharedKeyId, otherSharedKeyId }: KeyPolicy): void {
  const ours = [required(run, 'sharedKeyId'), required(run, 'oldSharedKeyId')];
  const isOurs = (id: UUID | null) => id !== null && ours.some((one) => one.equals(id));
  if (isOurs(sharedKeyId) && isOurs(otherSharedKeyId)) return;
  throw new KeyError(
    'VAULT',
    'Expected a key policy with the shared keys of this operation, got others',
  );
}

function withoutCache() {
  return createClientEncryption(keyVaultDb().client, {
    names: currentNames(),
    kms: kmsOptions(),
    keyExpirationMS: 1,
  });
}
