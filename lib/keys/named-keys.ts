// Data keys and alt names that an officer makes beside those of the records. Refuses whatever would leave a record
// without its key.
import 'server-only';
import { UUID, type DataKey } from 'mongodb';
import { recordEvent, type AuditAction } from '@/lib/audit/record-event';
import { doctorClientEncryption, keyVault, storedPatients } from '@/lib/db/connections';
import { KeyError } from './errors';
import { furtherKeys } from './further-keys';
import { ensurePatientKey } from './patient-key';

/** Names that records, policy and operations rely on begin with these. */
const RESERVED = ['patient:', 'medcomd:'];
const MOST_LENGTH = 100;

/** Who asks: user id of the officer, or null for the operator's tool. */
type StartedBy = string | null;

/**
 * Makes a data key under the policy's CMK. Asked for again, it finds the one that it made. Throws KeyError `VAULT` if the
 * name is reserved, or an alt name of a key that was not made here.
 */
export async function createNamedKey(
  altName: string,
  startedBy: StartedBy,
): Promise<{ id: UUID; created: boolean }> {
  requireFreeName(altName);
  const existing = await keyVault().findOne({ keyAltNames: altName });
  if (existing !== null && (await isUsed(existing))) {
    throw refused(`Expected a new alt name, got \`${altName}\`, which is one of another key`);
  }
  await audit('create-key', startedBy);
  const id = await ensurePatientKey(altName);
  const row = { $setOnInsert: { at: new Date() } };
  const { upsertedCount } = await furtherKeys().updateOne({ _id: id }, row, { upsert: true });
  return { id, created: upsertedCount === 1 };
}

/** Adds an alt name; returns the key's id. Throws KeyError `VAULT` if the name is reserved or taken, or there is no such key. */
export async function addAlias(key: string, altName: string, startedBy: StartedBy): Promise<UUID> {
  requireFreeName(altName);
  const { _id } = await requireKey(key);
  await audit('change-alias', startedBy);
  try {
    await doctorClientEncryption().addKeyAltName(_id, altName);
  } catch (error) {
    // Servers differ in the code that they give here.
    if ((await keyVault().findOne({ keyAltNames: altName })) === null) throw error;
    throw refused(
      `Expected a new alt name, got \`${altName}\`, which is one of another key`,
      error,
    );
  }
  return _id;
}

/**
 * Removes an alt name; returns the key's id. Throws KeyError `VAULT` if the key does not have it, or if it is one by
 * which records or the clinic find their key.
 */
export async function removeAlias(
  key: string,
  altName: string,
  startedBy: StartedBy,
): Promise<UUID> {
  const { _id, keyAltNames = [] } = await requireKey(key);
  if (!keyAltNames.includes(altName)) {
    throw refused(`Expected an alt name of key ${_id.toHexString()}, got \`${altName}\``);
  }
  const user = await storedPatients().findOne({ keyAltName: altName }, { projection: { _id: 1 } });
  if (user !== null) {
    const id = user._id.toHexString();
    throw refused(`Expected an alt name that no record uses, got the one of record ${id}`);
  }
  if (isReserved(altName)) {
    throw refused(
      `Expected an alt name that \`keys alias add\` made, got \`${altName}\`, by which the clinic finds the key`,
    );
  }
  await audit('change-alias', startedBy);
  await doctorClientEncryption().removeKeyAltName(_id, altName);
  return _id;
}

async function requireKey(key: string): Promise<DataKey> {
  const byId = UUID.isValid(key) ? [{ _id: new UUID(key) }] : [];
  const found = await keyVault().findOne({ $or: [...byId, { keyAltNames: key }] });
  if (found !== null) return found;
  throw refused(`Expected the id or an alt name of a data key, got \`${key}\``);
}

/** Whether it was made for something else than a name that was asked for before. */
async function isUsed({ _id, keyAltNames = [] }: DataKey): Promise<boolean> {
  if ((await furtherKeys().findOne({ _id })) !== null) return false;
  return keyAltNames.some(isReserved);
}

function requireFreeName(altName: string): void {
  const isPlain = /^[\x21-\x7e]+$/.test(altName) && altName.length <= MOST_LENGTH;
  if (!isPlain) {
    throw refused(`Expected an alt name of at most ${MOST_LENGTH} visible ASCII characters`);
  }
  if (isReserved(altName)) {
    throw refused(
      `Expected an alt name that does not begin with ${RESERVED.map((name) => `\`${name}\``).join(' or ')}`,
    );
  }
}

export function isReserved(altName: string): boolean {
  return RESERVED.some((prefix) => altName.startsWith(prefix));
}

function audit(action: AuditAction, startedBy: StartedBy): Promise<void> {
  const role = startedBy === null ? null : 'officer';
  return recordEvent({ action, outcome: 'begun', userId: startedBy, role, session: null });
}

function refused(message: string, cause?: unknown): KeyError {
  return new KeyError('VAULT', message, cause);
}
