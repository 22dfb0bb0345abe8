// Which sensitive values belong to which record (C-40). CSFLE does not bind a ciphertext to its document: who can write to
// the collection could swap two patients' values, or put back old ones. So each record carries digests of its values, under
// the patient's own key like them. Pure: knows neither database nor keys.
import { createHash } from 'node:crypto';
import { BSON } from 'mongodb';
import type { Patient } from '@/lib/db/patient-document';

/** What is bound: all that is encrypted, and the proxy field that was derived from the SSN. */
export const SEALED_FIELDS = [
  ...(['ssn', 'last4ssn', 'insurance.policyNumber'] as const),
  ...(['bloodType', 'medicalRecords', 'alerts'] as const),
] as const;

export type SealedField = (typeof SEALED_FIELDS)[number];

/**
 * As it is stored, encrypted with the patient's own data key. It covers values and not ciphertexts, so that a field that is
 * encrypted anew under another key still matches.
 */
export interface Integrity {
  /** `_id` in hexadecimal. */
  patientId: string;
  /** The record's `revision` after the write that made this. Writes without keys may have raised that one since. */
  revision: number;
  /** SHA-256 in base64 of each value that the record has. */
  digests: Partial<Record<DigestName, string>>;
}

/** A field's name without a dot, which a stored name must not have. */
type DigestName = Exclude<SealedField, 'insurance.policyNumber'> | 'policyNumber';

/** A record as far as it was read. */
export type SealedValues = Partial<Pick<Patient, Exclude<SealedField, 'insurance.policyNumber'>>> &
  Pick<Patient, '_id'> & { insurance?: Partial<Patient['insurance']> };

/** The digests of these values, for the write that brings the record to `revision`. */
export function sealOf(values: SealedValues, revision: number): Integrity {
  const digests: Integrity['digests'] = {};
  for (const field of SEALED_FIELDS) {
    const value = valueOf(values, field);
    if (value !== undefined) digests[nameOf(field)] = digestOf(value);
  }
  return { patientId: values._id.toHexString(), revision, digests };
}

/**
 * Those of `fields` that are not what the record's last honest write left. All of them if the digests are another
 * record's, or of a later revision than the record itself.
 */
export function brokenFields(
  values: SealedValues & Pick<Patient, 'revision'>,
  integrity: Integrity,
  fields: readonly SealedField[] = SEALED_FIELDS,
): SealedField[] {
  const isOwn = integrity.patientId === values._id.toHexString();
  if (!isOwn || integrity.revision > values.revision) return [...fields];
  return fields.filter((field) => {
    const value = valueOf(values, field);
    const digest = integrity.digests[nameOf(field)];
    return (value === undefined ? undefined : digestOf(value)) !== digest;
  });
}

/** Whether a record holds any of what a seal covers. */
export function hasSealedValues(values: SealedValues): boolean {
  return SEALED_FIELDS.some((field) => valueOf(values, field) !== undefined);
}

function valueOf(values: SealedValues, field: SealedField): unknown {
  return field === 'insurance.policyNumber' ? values.insurance?.policyNumber : values[field];
}

function nameOf(field: SealedField): DigestName {
  return field === 'insurance.policyNumber' ? 'policyNumber' : field;
}

// What is about to be written and what is read back are the same value in other clothes (`Int32` and number; the driver
// writes null for undefined): once through BSON makes them equal.
function digestOf(value: unknown): string {
  const read = BSON.deserialize(BSON.serialize({ v: value }, { ignoreUndefined: false }));
  return createHash('sha256').update(BSON.serialize(read)).digest('base64');
}
