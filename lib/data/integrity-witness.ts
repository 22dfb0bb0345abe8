// What the audit log says about a record's state. Digests inside a record show that its values belong together, not that
// they are the latest: whoever puts back an older document puts back its digests too. The log is a chain with a signed
// head kept apart, and remembers the latest revision.
import 'server-only';
import type { ObjectId } from 'mongodb';
import { auditEvents } from '@/lib/audit/append';
import { hashOf, sameText } from '@/lib/audit/chain';
import { patientPseudonym } from '@/lib/audit/pseudonyms';
import { recordEvent } from '@/lib/audit/record-event';
import { clinicDb } from '@/lib/db/connections';
import type { Patient } from '@/lib/db/patient-document';
import { DataError } from './errors';
import {
  brokenFields,
  hasSealedValues,
  SEALED_FIELDS,
  type SealedField,
  type SealedValues,
} from './integrity';

export interface Witness {
  /** The latest revision that a write of sensitive values gave this record; 0: none is known. */
  revision: number;
  /** Whether a record with sensitive values must carry their digests. */
  strict: boolean;
}

/** By database: `true` for good, or when it was last looked for. */
type Known = Map<string, true | number>;

// A module is evaluated anew on each hot reload; the process has one globalThis.
const kept: { medcomdSealed?: Known } & typeof globalThis = globalThis;

/** Sealing happens once, before the clinic answers; a process that waited for it notices this late. */
const LOOK_AGAIN_MS = 5000;

/**
 * To be asked before the record is read: a write in between makes the record newer than the log, which is no sign of
 * anything. Throws DataError `TAMPERED` if the event that would tell was changed.
 */
export async function readWitness(_id: ObjectId): Promise<Witness> {
  const [latest, strict] = await Promise.all([
    auditEvents()
      .find({ 'sealed.patient': patientPseudonym(_id.toHexString()) })
      .sort({ 'sealed.revision': -1 })
      .limit(1)
      .next(),
    areRecordsSealed(),
  ]);
  if (latest !== null && !sameText(hashOf(latest), latest.hash)) {
    throw new DataError('TAMPERED', {
      message: 'Expected an event of the audit log, got a changed one',
    });
  }
  return { revision: latest?.sealed?.revision ?? 0, strict };
}

/**
 * Throws DataError `TAMPERED` unless `fields` of a record, as they were read and decrypted, are what the latest write of the
 * clinic left. `witness` must have been asked before.
 */
export function requireGenuine(
  record: SealedValues & Pick<Patient, 'revision' | 'integrity'>,
  { revision, strict }: Witness,
  fields: readonly SealedField[] = SEALED_FIELDS,
): void {
  const { integrity } = record;
  if (integrity === undefined) {
    const mustHaveOne = revision > 0 || (strict && hasSealedValues(record));
    if (mustHaveOne) throw tampered(['integrity']);
    return;
  }
  const broken = integrity.revision < revision ? fields : brokenFields(record, integrity, fields);
  if (broken.length > 0) throw tampered(broken);
}

function tampered(fields: readonly string[]): DataError {
  return new DataError('TAMPERED', {
    fields,
    message: `Record is not genuine: ${fields.join(', ')}`,
  });
}

/** Whether every record of this database has had its digests. It stays so: the process remembers it. */
export async function areRecordsSealed(): Promise<boolean> {
  const known = (kept.medcomdSealed ??= new Map<string, true | number>());
  const { databaseName } = clinicDb();
  const before = known.get(databaseName);
  if (before === true) return true;
  if (before !== undefined && Date.now() - before < LOOK_AGAIN_MS) return false;
  const event = await auditEvents().findOne({ action: 'seal-records' });
  const sealed = event !== null && sameText(hashOf(event), event.hash);
  known.set(databaseName, sealed ? true : Date.now());
  return sealed;
}

/** Notes in the log that from now on a record without digests is not genuine. */
export async function noteRecordsSealed(): Promise<void> {
  const nobody = { userId: null, role: null, session: null };
  await recordEvent({ action: 'seal-records', outcome: 'ok', ...nobody });
  kept.medcomdSealed?.set(clinicDb().databaseName, true);
}
