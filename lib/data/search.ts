// Finding patients. A doctor's search runs through the client that can encrypt the number searched for;
// the front desk's runs through the one that cannot, and finds nothing by such a number.
import 'server-only';
import { Int32, type Filter } from 'mongodb';
import type { Staff } from '@/lib/auth/permissions';
import { countAttempt, type ThrottleRule } from '@/lib/auth/throttle';
import {
  currentKeyPolicy,
  deskPatients,
  storedPatients,
  withDoctorPatients,
} from '@/lib/db/connections';
import type { PlainPatient } from '@/lib/db/patient-document';
import type { KeyPolicy } from '@/lib/keys/policy';
import { sealUnderBoth, type SharedField } from '@/lib/keys/shared-fields';
import { parseBirthDate } from '@/schemas/birth-date';
import { phoneDigits } from '@/schemas/contact';
import type { SearchResults } from '@/schemas/dto';
import { policyNumberSchema } from '@/schemas/insurance';
import { message } from '@/schemas/message';
import {
  nameAndBirth,
  searchKindOf,
  type Narrow,
  type PatientSearchInput,
  type SearchKind,
} from '@/schemas/search';
import { normalizeSsn } from '@/schemas/ssn';
import { answer } from './access';
import { outsideCareTeam } from './care-team';
import { DataError } from './errors';
import { nameKeys } from './name-keys';
import { toSummary } from './patient-summary';
import {
  pageByName,
  pageOf,
  readPlace,
  type Found,
  type Patients,
  type Place,
} from './search-page';
import { NOT_ERASED } from './tombstone';
import { underCurrentKeys } from './under-current-keys';

/** One page of hits, by name. Throws DataError `INVALID` with field `text` for what cannot be searched. */
export async function searchPatients(
  staff: Staff,
  input: PatientSearchInput,
): Promise<SearchResults> {
  const { text, by = 'auto', narrow = {} } = input;
  const kind = by === 'auto' ? searchKindOf(text) : by;
  const operation = {
    permission: 'search:patient',
    action: 'search',
    fields: [kind, ...fieldsOf(narrow)],
    // "Who searched this number" can be answered later without storing the number (C-35).
    ...(NUMBERS.includes(kind) && { searched: { kind, text } }),
  } as const;
  return answer(staff, operation, async () => {
    await requireUnswept(staff, kind);
    const query = { ...QUERIES[kind](text), narrow: filterOf(narrow) };
    const place = readPlace(input.after);
    const { rows, next, count } = await (staff.role === 'doctor'
      ? underCurrentKeys((policy) => findAsDoctor(policy, query, place))
      : find(deskPatients(), query, place));
    const outside = await outsideCareTeam(
      staff,
      rows.map(({ _id }) => _id),
    );
    const summaries = rows.map((row) => toSummary(row, outside));
    return {
      value: { kind, born: bornOf(kind, text), count, next, patients: summaries },
      patientIds: summaries.map((summary) => summary.id),
    };
  });
}

/** What the hits are narrowed down by, for the audit event. */
function fieldsOf({ gender, bornFrom, bornTo, provider }: Narrow): string[] {
  return [
    ...(gender === undefined ? [] : ['contact.gender']),
    ...(bornFrom === undefined && bornTo === undefined ? [] : ['contact.dateOfBirth']),
    ...(provider === undefined ? [] : ['insurance.provider']),
  ];
}

/** Reads no more than the query without it: each hit is looked at, and taken or not. */
function filterOf({ gender, bornFrom, bornTo, provider }: Narrow): Filter<PlainPatient> {
  const isNamed =
    provider && new RegExp(`^${provider.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')}`, 'i');
  return {
    ...(gender !== undefined && { 'contact.gender': gender }),
    ...((bornFrom !== undefined || bornTo !== undefined) && {
      'contact.dateOfBirth': {
        ...(bornFrom !== undefined && { $gte: `${bornFrom}-01-01` }),
        ...(bornTo !== undefined && { $lte: `${bornTo}-12-31` }),
      },
    }),
    ...(isNamed && { 'insurance.provider': isNamed }),
  };
}

/** The front desk could find out a patient's last four by trying them all; 10,000 take two days like this (C-20). */
const LAST_FOUR: ThrottleRule = { name: 'search-last4', limit: 50, windowMs: 15 * 60_000 };

async function requireUnswept(staff: Staff, kind: SearchKind): Promise<void> {
  if (kind !== 'last4' || staff.role !== 'receptionist') return;
  const { allowed } = await countAttempt(LAST_FOUR, staff.userId, new Date());
  if (!allowed) throw new DataError('THROTTLED');
}

const NUMBERS: readonly SearchKind[] = ['ssn', 'policy', 'last4', 'phone'];

function bornOf(kind: SearchKind, text: string): string | null {
  if (kind === 'birth-date') return parseBirthDate(text);
  return kind === 'name' ? nameAndBirth(text).born : null;
}

/** What is looked for: words of a name, something else in clear, or a number in a field under the shared key. */
type Asked =
  | { words: readonly string[]; also: Filter<PlainPatient> }
  | { filter: Filter<PlainPatient> }
  | EncryptedQuery;

/** `narrow` may be empty. */
type Query = Asked & { narrow: Filter<PlainPatient> };

interface EncryptedQuery {
  field: SharedField;
  number: Int32;
}

/**
 * A number is looked for again if it was not found and may have been moved to another shared key meanwhile: the policy has
 * changed, or the record went from one key to the other between two steps of one query.
 */
async function findAsDoctor(first: KeyPolicy, query: Query, place: Place | null): Promise<Found> {
  // Summaries hold nothing that is encrypted, so any client can read them.
  if (!('field' in query)) return find(storedPatients(), query, place);
  let policy = first;
  for (let attempt = 1; ; attempt++) {
    const found = await findUnder(policy, query, place);
    if (found.rows.length > 0) return found;
    const now = await currentKeyPolicy();
    const hasTwoKeys = now.otherSharedKeyId !== null;
    if (now.revision === policy.revision && (attempt > 1 || !hasTwoKeys)) return found;
    policy = now;
  }
}

async function findUnder(
  policy: KeyPolicy,
  query: Query & EncryptedQuery,
  place: Place | null,
): Promise<Found> {
  if (policy.otherSharedKeyId !== null) {
    // The automatic client knows one key.
    const $in = await sealUnderBoth(query.number, policy);
    const filter = { [query.field]: { $in }, ...NOT_ERASED };
    return pageOf(storedPatients(), both(filter, query.narrow), place);
  }
  return withDoctorPatients(policy, (patients) => find(patients, query, place));
}

/** A number goes to the client as it is: the doctors' client encrypts it by itself, as the guide shows. */
function find(patients: Patients, query: Query, place: Place | null): Promise<Found> {
  const { narrow } = query;
  if ('words' in query) return pageByName(patients, query.words, both(query.also, narrow), place);
  if ('filter' in query) return pageOf(patients, both(query.filter, narrow), place);
  return pageOf(patients, both({ [query.field]: query.number, ...NOT_ERASED }, narrow), place);
}

/** Both may say something of one field. */
function both(one: Filter<PlainPatient>, other: Filter<PlainPatient>): Filter<PlainPatient> {
  if (Object.keys(other).length === 0) return one;
  return Object.keys(one).length === 0 ? other : { $and: [one, other] };
}

const QUERIES: Record<SearchKind, (text: string) => Asked> = {
  name: (text) => {
    const { name, born } = nameAndBirth(text);
    const words = nameKeys(name);
    if (words.join('').length < 2) throw refusal('search.problem.letters');
    return { words, also: born === null ? {} : { 'contact.dateOfBirth': bornIn(born) } };
  },
  'birth-date': (text) => {
    const date = parseBirthDate(text);
    if (date === null) throw refusal('search.problem.date');
    return { filter: { 'contact.dateOfBirth': date } };
  },
  phone: (text) => {
    const digits = phoneDigits(text);
    if (digits.length < 7) throw refusal('search.problem.phone');
    return { filter: { phoneKey: new RegExp(`^${digits}`) } };
  },
  last4: (text) => {
    if (!/^\d{4}$/.test(text.trim())) throw refusal('search.problem.last4');
    return { filter: { last4ssn: Number(text), ...NOT_ERASED } };
  },
  ssn: (text) => {
    const digits = normalizeSsn(text);
    if (digits === null) throw refusal('search.problem.ssn');
    return { field: 'ssn', number: new Int32(digits) };
  },
  policy: (text) => {
    const policyNumber = policyNumberSchema.safeParse(text);
    if (!policyNumber.success) throw refusal('search.problem.policy');
    return { field: 'insurance.policyNumber', number: new Int32(policyNumber.data) };
  },
};

/** A day, or every day of a year. */
function bornIn(born: string): string | RegExp {
  return born.length === 4 ? new RegExp(`^${born}-`) : born;
}

function refusal(key: string): DataError {
  return new DataError('INVALID', { userMessage: message(key), field: 'text' });
}
