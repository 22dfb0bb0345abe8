// Tells records that are damaged from a KMS or a database that fails: only the first may be passed over, and named.
import 'server-only';
import { MongoCryptError, UUID, type Document, type ObjectId } from 'mongodb';
import { keyVault, storedPatients } from '@/lib/db/connections';
import type { ConversionClient } from './convert-client';
import type { Problems, Step } from './convert-plan';
import { keyIdOf, OWN_FIELDS, SHARED_FIELDS, type ClearRecord } from './convert-values';

const RANDOM = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';

/**
 * Reads what the steps need, in two queries if nothing is wrong; who does not decrypt is added to `problems`. Throws when
 * the KMS or the database fails.
 */
export async function readWhatDecrypts(
  client: ConversionClient,
  steps: readonly Step[],
  problems: Problems,
): Promise<ClearRecord[]> {
  const records: ClearRecord[] = [];
  for (const fields of ['own', 'shared'] as const) {
    const wanted = steps.filter(({ own }) => (own !== null) === (fields === 'own'));
    const ids = wanted.map(({ patient }) => patient._id);
    const without = fields === 'own' ? [] : OWN_FIELDS;
    try {
      records.push(...(await client.read(ids, without)));
    } catch (error) {
      if (!(error instanceof MongoCryptError)) throw error;
      const { found, damaged } = await readOneByOne(client, ids, without);
      records.push(...found);
      // If it is the shared fields after all, the next round finds that without the others.
      for (const _id of damaged) problems.add(_id, fields, 'does-not-decrypt');
    }
  }
  return records;
}

async function readOneByOne(
  client: ConversionClient,
  ids: readonly ObjectId[],
  without: readonly string[],
): Promise<{ found: ClearRecord[]; damaged: ObjectId[] }> {
  const found: ClearRecord[] = [];
  const damaged: ObjectId[] = [];
  for (const _id of ids) {
    try {
      found.push(...(await client.read([_id], without)));
    } catch (error) {
      if (!(await allKeysOpenOrAreGone(client, _id, without))) throw error;
      damaged.push(_id);
    }
  }
  return { found, damaged };
}

/** Whether no key is to blame: each one that the document names opens now, or is not in the vault at all. */
async function allKeysOpenOrAreGone(
  client: ConversionClient,
  _id: ObjectId,
  without: readonly string[],
): Promise<boolean> {
  const patient = await storedPatients().findOne<Document>({ _id });
  const insurance = patient?.['insurance'] as Document | undefined;
  const fields = [...SHARED_FIELDS, ...OWN_FIELDS].filter((name) => !without.includes(name));
  const ids = fields.map((name) =>
    keyIdOf(name === 'insurance.policyNumber' ? insurance?.['policyNumber'] : patient?.[name]),
  );
  // Without its caches, so that the KMS is asked.
  await client.close();
  const { clientEncryption } = client;
  for (const id of new Set(ids)) {
    if (id === null) continue;
    const keyId = new UUID(id);
    if ((await keyVault().findOne({ _id: keyId })) === null) continue;
    try {
      await clientEncryption.encrypt('probe', { keyId, algorithm: RANDOM });
    } catch (error) {
      if (error instanceof MongoCryptError) return false;
      throw error;
    }
  }
  return true;
}
