// `npm run bench`: what opening a patient by SSN costs through the doctors' client, as a ratio to the same
// lookup through a plain client on a plaintext twin, and whether that ratio grows with the clinic.
import { parseArgs } from 'node:util';
import type { Document } from 'mongodb';
import { buildClinic, type BenchClinic } from './clinic.ts';
import { sideBySide, type Medians } from './compare.ts';
import { ssnOf } from './patients.ts';
import { startBenchServer } from './server.ts';

const { values } = parseArgs({
  options: {
    patients: { type: 'string', default: '1000,100000' },
    lookups: { type: 'string', default: '400' },
  },
});

/** Lookups before the clock starts: connections, the just-in-time compiler, the shared key. */
const WARM_UP = 100;

interface Result {
  readonly size: number;
  /** The patient's data key is fetched from the key vault and unwrapped. */
  readonly first: Medians;
  /** The patient's data key is in the client's cache. */
  readonly again: Medians;
}

function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

function wholeNumber(text: string, name: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value <= WARM_UP) {
    throw new RangeError(`Expected \`${name}\` to be a whole number above ${WARM_UP}`);
  }
  return value;
}

/** Distinct patients, spread over the whole collection; those of the warm-up are not measured. */
function spread(size: number, count: number): number[] {
  const step = size / count;
  return Array.from({ length: count }, (_, index) => Math.floor(index * step));
}

async function measure(clinic: BenchClinic, size: number, lookups: number): Promise<Result> {
  const lookUp = (of: BenchClinic['doctor']) => async (number: number) => {
    const patient = await of.findOne({ ssn: ssnOf(number) });
    if (patient?.name !== `Patient Number${number}` || !Array.isArray(patient.medicalRecords)) {
      throw new Error('Expected the whole record of the patient who was looked up');
    }
  };
  const ways = { plain: lookUp(clinic.plain), encrypted: lookUp(clinic.doctor) };
  const numbers = spread(size, Math.min(size, lookups + WARM_UP));
  const stride = Math.floor(numbers.length / WARM_UP);
  const isWarmUp = (_: number, index: number): boolean => index % stride === 0;
  const items = numbers.filter((number, index) => !isWarmUp(number, index));
  await sideBySide({ items: numbers.filter(isWarmUp), ...ways });
  return {
    size,
    first: await sideBySide({ items, ...ways }),
    again: await sideBySide({ items, ...ways }),
  };
}

/** Asks the server how it answers the query that the doctors' client sends. Throws if it would scan. */
async function proveIndex({ stored, plain }: BenchClinic, size: number): Promise<void> {
  const number = Math.floor(size / 2);
  const sample = await stored.findOne({ name: `Patient Number${number}` });
  if (sample?.ssn.sub_type !== 6) throw new Error('Expected the stored SSN to be ciphertext');
  const plans = [
    ['ciphertext', await stored.find({ ssn: sample.ssn }).explain('executionStats')],
    ['plaintext twin', await plain.find({ ssn: ssnOf(number) }).explain('executionStats')],
  ] as const;
  for (const [what, plan] of plans) {
    const { stage, index, keys, documents } = readPlan(plan);
    say(
      `  ${what}: ${stage} on ${index}, ${keys} key and ${documents} document examined of ${size}`,
    );
    if (stage !== 'IXSCAN' || keys !== 1 || documents !== 1) {
      throw new Error('Expected the lookup to use the index on `ssn` and to read one document');
    }
  }
}

interface PlanFacts {
  stage: string;
  index: string;
  keys: number;
  documents: number;
}

function readPlan(explained: Document): PlanFacts {
  const { queryPlanner, executionStats } = explained as {
    queryPlanner: { winningPlan: Document };
    executionStats: { totalKeysExamined: number; totalDocsExamined: number };
  };
  let stage = queryPlanner.winningPlan;
  while (stage['inputStage'] !== undefined) stage = stage['inputStage'] as Document;
  return {
    stage: String(stage['stage']),
    index: String(stage['indexName']),
    keys: executionStats.totalKeysExamined,
    documents: executionStats.totalDocsExamined,
  };
}

function ratio(encrypted: number, plain: number): string {
  return `${(encrypted / plain).toFixed(2)}x`;
}

function report(results: readonly Result[]): void {
  say();
  say('Doctor client to plain client, median of each (1.00x: encryption costs nothing)');
  for (const { size, first, again } of results) {
    const patients = `${size.toLocaleString('en')} patients`.padEnd(17);
    const opened = ratio(first.encrypted, first.plain);
    const reopened = ratio(again.encrypted, again.plain);
    say(`  ${patients} first opening ${opened}   opened again, data key cached ${reopened}`);
  }
  const [small, large] = [results[0], results.at(-1)];
  if (small === undefined || large === undefined || small === large) return;
  const growth = (large.size / small.size).toLocaleString('en');
  say(`The same lookup among ${growth} times as many patients, to itself`);
  say(`  doctor client ${ratio(large.again.encrypted, small.again.encrypted)}`);
  say(`  plain client  ${ratio(large.again.plain, small.again.plain)}`);
}

const sizes = values.patients.split(',').map((size) => wholeNumber(size, '--patients'));
const lookups = wholeNumber(values.lookups, '--lookups');
say(
  'SSN lookup of a whole record on the embedded server; 1 to 20 visits, one data key per patient',
);
const results: Result[] = [];
for (const size of sizes) {
  const server = await startBenchServer();
  try {
    say(`${size.toLocaleString('en')} patients`);
    const clinic = await buildClinic(server.uri, size, (done) => {
      if (done % 10_000 === 0) say(`  loaded ${done.toLocaleString('en')}`);
    });
    try {
      await proveIndex(clinic, size);
      results.push(await measure(clinic, size, lookups));
    } finally {
      await clinic.close();
    }
  } finally {
    await server.close();
  }
}
report(results);
