// The proof's judge: compares what is stored with the ledger and counts keys by itself, from the raw documents and the
// raw key vault, without asking the operations that it judges; only then it asks them, too.
import { Binary, BSON, type Document, type MongoClient, UUID } from 'mongodb';
import { closeConnections, currentNames } from '@/lib/db/connections';
import { KEY_VAULT, PATIENTS } from '@/lib/db/names';
import { searchPatients } from '@/lib/data';
import type { Staff } from '@/lib/auth/permissions';
import type { Alert, Visit } from '@/schemas/dto';
import { verifyKeys } from '../operations';
import { readKeyPolicy } from '../policy';
import type { ExpectedPatient, Ledger } from './ledger';
import { CANARY } from './person';
import { wholeRecord, type WholeRecord } from '@/lib/data/testing/whole-record';

const AT_ONCE = 8;
const ENCRYPTED_SUBTYPE = 6;
/** First byte of a ciphertext, CSFLE specification, "Ciphertext": its algorithm. */
const DETERMINISTIC = 1;
const RANDOM = 2;

export interface Judge {
  plain: MongoClient;
  doctor: Staff;
  ledger: Ledger;
}

/** What differs between the ledger and what doctors read, through clients that are new and have cached nothing. */
export async function judgeRecords(
  { plain, doctor, ledger }: Judge,
  { search = true } = {},
): Promise<string[]> {
  await closeConnections();
  const problems = ledger.takeViolations();
  const names = currentNames();
  const count = await plain.db(names.patients).collection(PATIENTS).countDocuments();
  if (count !== ledger.patients.size) {
    problems.push(`Expected ${ledger.patients.size} patients, got ${count}`);
  }
  const without = ledger.refusedWithoutHolder().length;
  if (without > 0) problems.push(`${without} numbers were refused as taken that nobody has`);
  const left = [...ledger.patients];
  const work = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const [id, expected] = next;
      try {
        problems.push(...compareRecord(await wholeRecord(doctor, id), expected));
        if (!search || expected.ssn === null || expected.erased !== 'no') continue;
        const { patients } = await searchPatients(doctor, { text: expected.ssn, by: 'ssn' });
        const found = patients.map((patient) => patient.id).join();
        if (found !== id) problems.push(`Searching the SSN of ${id} found ${found || 'nobody'}`);
      } catch (error) {
        problems.push(`Reading ${id} failed: ${String(error)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return problems;
}

const ERASED = { state: 'erased' };

/** What a record shows that was not acknowledged, and the reverse. Names fields, never values. */
export function compareRecord(record: WholeRecord, expected: ExpectedPatient): string[] {
  const wrong: string[] = [];
  const same = (field: string, got: unknown, wanted: unknown): void => {
    if (canonical(got) !== canonical(wanted)) wrong.push(`${record.id}: \`${field}\` differs`);
  };
  same('name', record.name, expected.name);
  same('contact', record.contact, expected.contact);
  if (expected.erased === 'yes' || (expected.erased === 'begun' && record.erased)) {
    const { provider } = expected.insurance;
    same('insurance', record.insurance, { provider, policyNumber: null });
    for (const field of ['ssn', 'last4ssn'] as const) same(field, record[field], null);
    for (const field of ['bloodType', 'alerts', 'visits'] as const)
      same(field, record[field], ERASED);
    same('erased', record.erased, true);
    return wrong;
  }
  same('erased', record.erased, false);
  same('ssn', record.ssn, expected.ssn);
  same('last4ssn', record.last4ssn, expected.ssn === null ? null : expected.ssn.slice(-4));
  same('insurance', record.insurance, expected.insurance);
  const { bloodType } = expected;
  same(
    'bloodType',
    record.bloodType,
    bloodType === null ? null : { state: 'clear', value: bloodType },
  );
  if (record.visits.state === 'erased') return [...wrong, `${record.id}: visits show as erased`];
  const alerts = record.alerts?.state === 'clear' ? record.alerts.value : [];
  const acknowledged = [...expected.alerts.values()];
  const byId = (a: Alert, b: Alert): number => (a.id < b.id ? -1 : 1);
  same('alerts', alerts.toSorted(byId), acknowledged.toSorted(byId));
  return [...wrong, ...compareVisits(record.id, record.visits.value, expected.visits)];
}

function compareVisits(
  id: string,
  got: readonly Visit[],
  wanted: ReadonlyMap<string, Visit>,
): string[] {
  const wrong: string[] = [];
  const seen = new Set<string>();
  for (const visit of got) {
    const acknowledged = wanted.get(visit.id);
    if (seen.has(visit.id)) wrong.push(`${id}: a visit is there twice`);
    else if (acknowledged === undefined) wrong.push(`${id}: a visit that nobody made`);
    else if (canonical(visit) !== canonical(acknowledged)) wrong.push(`${id}: a visit differs`);
    seen.add(visit.id);
  }
  const lost = [...wanted.keys()].filter((visit) => !seen.has(visit)).length;
  if (lost > 0) wrong.push(`${id}: ${lost} acknowledged visits are lost`);
  const times = got.map(({ measuredAt }) => measuredAt.getTime());
  if (times.some((time, at) => time > (times[at - 1] ?? time)))
    wrong.push(`${id}: visits out of order`);
  return wrong;
}

/** Key order of objects does not count, types do. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

interface VaultKey {
  _id: UUID;
  keyAltNames?: string[];
  masterKey: Document;
}

/**
 * What is wrong with keys and documents when no operation is under way: a key that nobody needs, a document under a
 * key that it should not be under, a key under another CMK than the policy's, anything in clear.
 */
export async function judgeKeys({ plain, ledger }: Judge): Promise<string[]> {
  const names = currentNames();
  const vaultDb = plain.db(names.keyVault);
  const policy = await readKeyPolicy(vaultDb);
  const keys = await vaultDb.collection<VaultKey>(KEY_VAULT).find().toArray();
  const patients = await plain.db(names.patients).collection(PATIENTS).find().toArray();
  const problems = judgeDocuments(patients, ledger);
  const shared = policy.sharedKeyId.toHexString();
  const owners = new Map<string, Document>();
  for (const patient of patients) owners.set(String(patient['keyAltName']), patient);
  const keyOf = new Map<string, string>();
  for (const { _id, keyAltNames = [], masterKey } of keys) {
    const id = _id.toHexString();
    const [altName = ''] = keyAltNames;
    if (masterKey['provider'] !== policy.cmk.provider)
      problems.push(`Key ${id} is under another CMK`);
    if (id === shared) continue;
    const owner = owners.get(altName);
    if (keyAltNames.length !== 1) problems.push(`Key ${id} has ${keyAltNames.length} alt names`);
    if (owner === undefined) problems.push(`Key ${id} belongs to nobody`);
    else if (ledger.patients.get(String(owner['_id']))?.erased === 'yes')
      problems.push(`Key ${id} is a destroyed one`);
    keyOf.set(altName, id);
  }
  if (!keys.some(({ _id }) => _id.toHexString() === shared))
    problems.push('The shared key is gone');
  if (policy.otherSharedKeyId !== null) problems.push('A second shared key is still announced');
  for (const patient of patients) {
    // What an erasure leaves behind is under a key that is nowhere: looked for above.
    if (ledger.patients.get(String(patient['_id']))?.erased === 'yes') continue;
    const own = keyOf.get(String(patient['keyAltName']));
    for (const [field, value] of encryptedFields(patient)) {
      const wanted = field.algorithm === DETERMINISTIC ? shared : own;
      if (value instanceof Binary && keyIdOf(value) !== wanted) {
        problems.push(`${String(patient['_id'])}: \`${field.name}\` is under another key`);
      }
    }
  }
  if ((await vaultDb.collection('keyOperations').findOne({ finishedAt: null })) !== null) {
    problems.push('An operation is still in the journal');
  }
  const present = new Set(keys.map(({ _id }) => _id.toHexString()));
  for await (const { _id } of vaultDb.collection<VaultKey>('supersededKeys').find()) {
    if (present.has(_id.toHexString()))
      problems.push(`Key ${_id.toHexString()} was replaced and is still there`);
  }
  const { problems: theirs } = await verifyKeys(() => undefined);
  return [...problems, ...theirs.map(({ text }) => `verifyKeys: ${text}`)];
}

const FIELDS = [
  { name: 'ssn', algorithm: DETERMINISTIC },
  { name: 'insurance.policyNumber', algorithm: DETERMINISTIC },
  { name: 'bloodType', algorithm: RANDOM },
  { name: 'medicalRecords', algorithm: RANDOM },
  { name: 'alerts', algorithm: RANDOM },
  { name: 'integrity', algorithm: RANDOM },
] as const;

function* encryptedFields(patient: Document): Generator<[(typeof FIELDS)[number], unknown]> {
  for (const field of FIELDS) {
    const insurance = patient['insurance'] as Document;
    const inInsurance = field.name === 'insurance.policyNumber';
    const value: unknown = inInsurance ? insurance['policyNumber'] : patient[field.name];
    if (value !== undefined) yield [field, value];
  }
}

/** What is stored in clear and must not be, or lacks a field that it must have. */
function judgeDocuments(patients: readonly Document[], ledger: Ledger): string[] {
  const problems: string[] = [];
  for (const patient of patients) {
    const id = String(patient['_id']);
    const found = [...encryptedFields(patient)];
    for (const [{ name, algorithm }, value] of found) {
      const right =
        value instanceof Binary &&
        value.sub_type === ENCRYPTED_SUBTYPE &&
        value.buffer[0] === algorithm;
      if (!right) problems.push(`${id}: \`${name}\` is not encrypted as it must be`);
    }
    const expected = ledger.patients.get(id);
    const complete = expected !== undefined && expected.ssn !== null;
    // A record has alerts only when somebody has added one.
    const always = found.filter(([{ name }]) => name !== 'alerts').length;
    if (always !== (complete ? FIELDS.length - 1 : 0) && expected?.erased !== 'yes') {
      problems.push(`${id}: has ${always} encrypted fields`);
    }
    if (expected?.erased === 'yes' && found.some(([field]) => field.algorithm === DETERMINISTIC)) {
      problems.push(`${id}: kept numbers`);
    }
    problems.push(...judgeBytes(id, Buffer.from(BSON.serialize(patient)), ledger));
  }
  return problems;
}

/** Bytes that must not be where this was read from: notes of visits, and the digits of any SSN. */
export function judgeBytes(where: string, bytes: Buffer, ledger: Ledger): string[] {
  const problems = bytes.includes(CANARY) ? [`${where}: holds a note in clear`] : [];
  const digits = bytes.toString('latin1').match(/9\d{2}01\d{4}/g) ?? [];
  const numbers = new Set([...ledger.patients.values()].flatMap(({ ssn }) => ssn ?? []));
  if (digits.some((number) => numbers.has(number)))
    problems.push(`${where}: holds an SSN in clear`);
  return problems;
}

/** CSFLE specification, "Ciphertext": one byte of algorithm, then the key's id. */
function keyIdOf(value: Binary): string {
  return new UUID(value.buffer.subarray(1, 17)).toHexString();
}
