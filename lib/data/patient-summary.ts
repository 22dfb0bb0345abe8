// What lists of patients read of each, and what they show: nothing that is encrypted.
import 'server-only';
import type { ObjectId } from 'mongodb';
import type { PlainPatient } from '@/lib/db/patient-document';
import type { PatientSummary } from '@/schemas/dto';
import type { NameOrder } from './name-keys';

export const SUMMARY = {
  name: 1,
  nameOrder: 1,
  'contact.dateOfBirth': 1,
  'contact.phone': 1,
  last4ssn: 1,
  'insurance.provider': 1,
  erasedAt: 1,
} as const;

/** As `SUMMARY` projects it. */
export interface SummaryRow {
  _id: ObjectId;
  name: string;
  nameOrder?: NameOrder;
  contact: Pick<PlainPatient['contact'], 'dateOfBirth' | 'phone'>;
  last4ssn?: number;
  insurance: { provider: string };
  erasedAt?: Date;
}

/** `outside`: ids of the records that do not open for this doctor without emergency access. */
export function toSummary(row: SummaryRow, outside: ReadonlySet<string>): PatientSummary {
  const erased = row.erasedAt !== undefined;
  const id = row._id.toHexString();
  return {
    id,
    name: row.name,
    dateOfBirth: row.contact.dateOfBirth,
    phone: row.contact.phone,
    last4ssn: erased || row.last4ssn === undefined ? null : String(row.last4ssn).padStart(4, '0'),
    insuranceProvider: row.insurance.provider,
    complete: erased || row.last4ssn !== undefined,
    erased,
    ...(outside.has(id) && { outsideCareTeam: true as const }),
  };
}
