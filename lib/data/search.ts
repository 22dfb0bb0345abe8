// Finding patients. A doctor's search runs through the client that can encrypt the number searched for;
// the front desk's runs through the one that cannot, and finds nothing by such a number.
import 'server-only';
import { Int32, type Collection, type Filter } from 'mongodb';
import type { Staff } from '@/lib/auth/permissions';
import { deskPatients, doctorPatients } from '@/lib/db/connections';
import type { Patient, PlainPatient } from '@/lib/db/patient-document';
import { phoneDigits } from '@/schemas/contact';
import type { PatientSummary, SearchResults } from '@/schemas/dto';
import { policyNumberSchema } from '@/schemas/insurance';
import { searchKindOf, type PatientSearchInput, type SearchKind } from '@/schemas/search';
import { normalizeSsn } from '@/schemas/ssn';
import { answer } from './access';
import { DataError } from './errors';
import { nameKeys } from './name-keys';

const PAGE_SIZE = 20;

const SUMMARY = {
  name: 1,
  'contact.dateOfBirth': 1,
  'contact.phone': 1,
  last4ssn: 1,
  'insurance.provider': 1,
} as const;

/** One page of hits, by name. Throws DataError `INVALID` with field `text` for what cannot be searched. */
export async function searchPatients(
  staff: Staff,
  input: PatientSearchInput,
): Promise<SearchResults> {
  const { text, by = 'auto', page = 1 } = input;
  const kind = by === 'auto' ? searchKindOf(text) : by;
  const operation = { permission: 'search:patient', action: 'search', fields: [kind] } as const;
  return answer(staff, operation, async () => {
    const filter = FILTERS[kind](text);
    // One shape of query for both roles; what differs is the client that it goes through.
    const patients =
      staff.role === 'doctor'
        ? await doctorPatients()
        : (deskPatients() as unknown as Collection<Patient>);
    const found = await patients
      .find<SummaryRow>(filter, { projection: SUMMARY })
      .sort({ name: 1, _id: 1 })
      .skip((page - 1) * PAGE_SIZE)
      .limit(PAGE_SIZE)
      .toArray();
    const total =
      page === 1 && found.length < PAGE_SIZE ? found.length : await patients.countDocuments(filter);
    const summaries = found.map(toSummary);
    return {
      value: { kind, total, page, pageSize: PAGE_SIZE, patients: summaries },
      patientIds: summaries.map((summary) => summary.id),
    };
  });
}

const FILTERS: Record<SearchKind, (text: string) => Filter<Patient>> = {
  name: (text) => {
    const words = nameKeys(text);
    if (words.join('').length < 2) throw refusal('Type at least two letters of the name');
    // Words hold letters and digits only, so they are safe inside a regular expression.
    return { $and: words.map((word) => ({ nameKeys: new RegExp(`^${word}`) })) };
  },
  phone: (text) => {
    const digits = phoneDigits(text);
    if (digits.length < 7) throw refusal('Type at least seven digits of the phone number');
    return { phoneKey: new RegExp(`^${digits}`) };
  },
  last4: (text) => {
    if (!/^\d{4}$/.test(text.trim())) throw refusal('Type the last four digits');
    return { last4ssn: Number(text) };
  },
  ssn: (text) => {
    const digits = normalizeSsn(text);
    if (digits === null) throw refusal('Type the nine digits, as 123-45-6789');
    return { ssn: new Int32(digits) };
  },
  policy: (text) => {
    const policyNumber = policyNumberSchema.safeParse(text);
    if (!policyNumber.success) throw refusal('Type the digits of the policy number');
    return { 'insurance.policyNumber': new Int32(policyNumber.data) };
  },
};

type SummaryRow = Pick<PlainPatient, '_id' | 'name' | 'last4ssn' | 'insurance'> & {
  contact: Pick<PlainPatient['contact'], 'dateOfBirth' | 'phone'>;
};

function toSummary(row: SummaryRow): PatientSummary {
  return {
    id: row._id.toHexString(),
    name: row.name,
    dateOfBirth: row.contact.dateOfBirth,
    phone: row.contact.phone,
    last4ssn: row.last4ssn === undefined ? null : String(row.last4ssn).padStart(4, '0'),
    insuranceProvider: row.insurance.provider,
    complete: row.last4ssn !== undefined,
  };
}

function refusal(userMessage: string): DataError {
  return new DataError('INVALID', { userMessage, field: 'text' });
}
