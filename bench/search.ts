// `npm run bench:search`: what a page of hits costs, by the code that answers the search box: a deep page beside the first
// one, and a large clinic beside a small one. `--patients=10000,1000000` takes any sizes.
import { parseArgs } from 'node:util';
import { Binary, MongoClient, ObjectId, type Collection } from 'mongodb';
import { createPerson } from '../cli/seed/person.ts';
import { nameKeys, nameOrder } from '../lib/data/name-keys.ts';
import { pageByName, pageOf, readPlace, type Found } from '../lib/data/search-page.ts';
import { createPatientIndexes } from '../lib/db/indexes.ts';
import { PATIENTS } from '../lib/db/names.ts';
import type { PlainPatient } from '../lib/db/patient-document.ts';
import { sideBySide, type Way } from './compare.ts';
import { startBenchServer } from './server.ts';

const { values } = parseArgs({
  options: {
    patients: { type: 'string', default: '10000,100000' },
    searches: { type: 'string', default: '40' },
  },
});

const SEED = 1;
const BATCH = 1000;
/** As large as the ciphertext of some twenty visits: the server passes over it with each record. */
const RECORD = new Binary(new Uint8Array(2000), 6);
const DEEP_PAGE = 40;
const WARM_UP = 5;

interface Clinic {
  readonly size: number;
  readonly patients: Collection<PlainPatient>;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function stored(index: number): PlainPatient & { medicalRecords: Binary } {
  const { name, contact, phoneKey, ssn, provider } = createPerson(SEED, index);
  // The generator's own ids are as random as a hash, and meet each other in a large clinic.
  const id = ((index * 2_654_435_761) % 2 ** 40).toString(16).padStart(24, '0');
  return {
    _id: new ObjectId(id),
    name,
    nameKeys: nameKeys(name),
    nameOrder: nameOrder(name, id),
    contact,
    phoneKey,
    last4ssn: Number(ssn.slice(-4)),
    insurance: { provider },
    keyAltName: `patient:${index}`,
    revision: 1,
    registeredAt: new Date(),
    medicalRecords: RECORD,
  };
}

async function build(client: MongoClient, size: number): Promise<Clinic> {
  const db = client.db(`search_${size}`);
  await createPatientIndexes(db);
  const patients = db.collection<PlainPatient>(PATIENTS);
  for (let from = 0; from < size; from += BATCH) {
    const length = Math.min(BATCH, size - from);
    await patients.insertMany(Array.from({ length }, (_, at) => stored(from + at)));
    if ((from + length) % 50_000 === 0) say(`  loaded ${(from + length).toLocaleString('en')}`);
  }
  return { size, patients };
}

type Ask = (clinic: Clinic, next?: string) => Promise<Found>;

const byName =
  (...words: string[]): Ask =>
  ({ patients }, next) =>
    pageByName(patients, words, {}, readPlace(next));

const SEARCHES: Readonly<Record<string, Ask>> = {
  'two letters (ma)': byName('ma'),
  'one name (garcia)': byName('garcia'),
  'two names (maria garcia)': byName('maria', 'garcia'),
  'letters of two names (ma jo)': byName('ma', 'jo'),
  'name and year (ma 1984)': ({ patients }, next) =>
    pageByName(patients, ['ma'], { 'contact.dateOfBirth': /^1984-/ }, readPlace(next)),
  'date of birth': ({ patients }, next) =>
    pageOf(patients, { 'contact.dateOfBirth': '1984-03-09' }, readPlace(next)),
  'last four': ({ patients }, next) => pageOf(patients, { last4ssn: 12 }, readPlace(next)),
};

/** The place of page `DEEP_PAGE`, or of the last one before it that is full. */
async function deepPlace(
  clinic: Clinic,
  ask: Ask,
): Promise<{ place: string; page: number } | null> {
  let deep: { place: string; page: number } | null = null;
  let next = (await ask(clinic)).next;
  for (let page = 2; next !== null && page <= DEEP_PAGE; page++) {
    deep = { place: next, page };
    next = (await ask(clinic, next)).next;
  }
  return deep;
}

function reading(clinic: Clinic, ask: Ask, place?: string): Way {
  return async () => {
    await ask(clinic, place);
  };
}

const ratio = (of: number | undefined, to: number | undefined): string =>
  `${((of ?? NaN) / (to ?? NaN)).toFixed(2)}x`;

async function compare(clinics: readonly Clinic[], searches: number): Promise<void> {
  const [small, large] = [clinics[0], clinics.at(-1)];
  if (small === undefined || large === undefined) return;
  for (const [name, ask] of Object.entries(SEARCHES)) {
    const deep = await deepPlace(large, ask);
    const ways: Record<string, Way> = {
      large: reading(large, ask),
      ...(small !== large && { small: reading(small, ask) }),
      ...(deep !== null && { deep: reading(large, ask, deep.place) }),
    };
    await sideBySide(WARM_UP, ways);
    const medians = await sideBySide(searches, ways);
    const { count } = await ask(large);
    const total = `${count?.moreThan === true ? 'more than ' : ''}${count?.total ?? 0}`;
    say(`  ${name}: ${total} found, first page ${(medians['large'] ?? NaN).toFixed(1)} ms here`);
    if (small !== large)
      say(`    large to small clinic ${ratio(medians['large'], medians['small'])}`);
    if (deep)
      say(`    page ${deep.page} to first page ${ratio(medians['deep'], medians['large'])}`);
  }
}

async function main(): Promise<void> {
  const sizes = values.patients.split(',').map(Number);
  const searches = Number(values.searches);
  if (![...sizes, searches].every((value) => Number.isInteger(value) && value > 0)) {
    throw new RangeError('Expected `--patients` and `--searches` to be whole numbers above 0');
  }
  say('Search on the embedded server; the first page counts up to a thousand hits as well');
  const server = await startBenchServer();
  const client = new MongoClient(server.uri);
  try {
    const clinics: Clinic[] = [];
    for (const size of sizes) {
      say(`${size.toLocaleString('en')} patients`);
      clinics.push(await build(client, size));
    }
    await compare(clinics, searches);
  } finally {
    await client.close();
    await server.close();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : 'failed'}\n`);
  process.exitCode = 1;
});
