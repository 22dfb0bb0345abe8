// The last look at records before old keys go: each decrypts, with the keys that it should be under.
import 'server-only';
import type { UUID } from 'mongodb';
import { KeyError } from '../errors';
import type { ConversionClient } from './convert-client';
import { newKeyPrefix, readStored, type StoredPatient } from './convert-plan';
import { keyIdOf, OWN_FIELDS } from './convert-values';

interface Expected {
  readonly operationId: string;
  readonly sharedKeyId: UUID;
}

/**
 * Throws KeyError `RECORDS`, naming the patients, unless all of them decrypt: with the shared key, and with their own one
 * where the operation gave it to them.
 */
export async function checkBatch(
  client: ConversionClient,
  { operationId, sharedKeyId }: Expected,
  batch: readonly StoredPatient[],
): Promise<void> {
  const shared = sharedKeyId.toHexString(false);
  const patients = batch.filter(({ erasedAt }) => erasedAt === undefined);
  const astray = patients.filter(({ ssn, insurance }) =>
    [ssn, insurance?.policyNumber].some(
      (value) => value !== undefined && keyIdOf(value) !== shared,
    ),
  );
  if (astray.length > 0) await requireErased(astray, 'under the new shared key');
  const isOurs = ({ keyAltName }: StoredPatient) =>
    keyAltName.startsWith(newKeyPrefix(operationId));
  await requireReadable(client, patients.filter(isOurs), []);
  // A key that came later is not ours to judge, nor are fields whose key is gone or that are damaged.
  await requireReadable(
    client,
    patients.filter((patient) => !isOurs(patient)),
    OWN_FIELDS,
  );
}

async function requireReadable(
  client: ConversionClient,
  patients: readonly StoredPatient[],
  without: readonly string[],
): Promise<void> {
  const ids = patients.map(({ _id }) => _id);
  try {
    await client.read(ids, without);
  } catch (error) {
    const unread: StoredPatient[] = [];
    for (const patient of patients) {
      const read = await client.read([patient._id], without).catch(() => null);
      if (read === null) unread.push(patient);
    }
    // None alone is to blame, or all are: then it is the KMS or the database.
    if (unread.length === 0 || unread.length === patients.length) throw error;
    await requireErased(unread, 'to decrypt');
  }
}

async function requireErased(patients: readonly StoredPatient[], what: string): Promise<void> {
  const now = await readStored(patients.map(({ _id }) => _id));
  const named = now
    .filter(({ erasedAt }) => erasedAt === undefined)
    .map(({ _id }) => _id.toHexString());
  if (named.length === 0) return;
  throw new KeyError(
    'RECORDS',
    `Expected every record ${what}, got ${named.join(', ')} that is not`,
  );
}
