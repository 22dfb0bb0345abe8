// `npm run bench`: what opening a patient by SSN costs through the doctors' client, as a ratio to the same
// lookup through a plain client on a plaintext twin, and whether that ratio grows with the clinic.
import { parseArgs } from 'node:util';
import type { Int32, ObjectId } from 'mongodb';
import { buildClinic, type BenchClinic } from './clinic.ts';
import { sideBySide, type Way } from './compare.ts';
import { proveIndex } from './lookup-plan.ts';
import { patientId, ssnToFind } from './patients.ts';
import { startBenchServer } from './server.ts';

const { values } = parseArgs({
  options: {
    patients: { type: 'string', default: '1000,100000' },
    lookups: { type: 'string', default: '400' },
  },
});

/** Lookups before the clock starts: connections, the just-in-time compiler, the shared key. */
const WARM_UP = 100;

interface Target {
  readonly _id: ObjectId;
  readonly ssn: Int32;
}

function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

function wholeNumber(text: string, name: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`Expected \`${name}\` to be a whole number of ${least} or more`);
  }
  return value;
}

/** Distinct patients from all over the collection, in no order that the storage could profit from. */
function spread(size: number, count: number): Target[] {
  // Multiples of the golden ratio fill a range evenly and without order.
  const indexes = new Set<number>();
  for (let at = 0; indexes.size < count; at++) {
    indexes.add(Math.floor(((at * 0.618_033_988_75) % 1) * size));
  }
  return [...indexes].map((index) => ({ _id: patientId(index), ssn: ssnToFind(index) }));
}

function lookUp(patients: BenchClinic['doctor'], targets: readonly Target[]): Way {
  return async (at) => {
    const target = targets[at];
    if (target === undefined) throw new RangeError('Expected a target for each lookup');
    const patient = await patients.findOne({ ssn: target.ssn });
    if (patient?._id.equals(target._id) !== true || !Array.isArray(patient.medicalRecords)) {
      throw new Error('Expected the whole record of the patient who was looked up');
    }
  };
}

/** One way for each clinic and each of its two clients, all on the same kind of targets. */
function waysOf(clinics: readonly BenchClinic[], from: number, count: number): Record<string, Way> {
  return Object.fromEntries(
    clinics.flatMap(({ size, doctor, plain }) => {
      const targets = spread(size, from + count).slice(from);
      return [
        [`doctor ${size}`, lookUp(doctor, targets)],
        [`plain ${size}`, lookUp(plain, targets)],
      ];
    }),
  );
}

function ratio(medians: Record<string, number>, of: string, to: string): string {
  return `${((medians[of] ?? NaN) / (medians[to] ?? NaN)).toFixed(2)}x`;
}

async function compare(clinics: readonly BenchClinic[], lookups: number): Promise<void> {
  await sideBySide(WARM_UP, waysOf(clinics, 0, WARM_UP));
  const ways = waysOf(clinics, WARM_UP, lookups);
  // Nobody has opened these patients yet: each data key is fetched from the vault and unwrapped.
  const first = await sideBySide(lookups, ways);
  // Now each data key is in the doctors' client's cache.
  const again = await sideBySide(lookups, ways);

  say(`\nDoctors' client to plain client, medians of ${lookups} lookups, interleaved`);
  for (const { size } of clinics) {
    const [doctor, plain] = [`doctor ${size}`, `plain ${size}`];
    say(
      `  ${size.toLocaleString('en')} patients: first opening ${ratio(first, doctor, plain)},` +
        ` opened again ${ratio(again, doctor, plain)}`,
    );
  }
  const [small, large] = [clinics[0]?.size, clinics.at(-1)?.size];
  if (small === undefined || large === undefined || small === large) return;
  say(`${large.toLocaleString('en')} patients to ${small.toLocaleString('en')}, same client`);
  say(`  doctors' client ${ratio(again, `doctor ${large}`, `doctor ${small}`)}`);
  say(`  plain client ${ratio(again, `plain ${large}`, `plain ${small}`)}`);
}

async function main(): Promise<void> {
  const lookups = wholeNumber(values.lookups, '--lookups', 1);
  const least = WARM_UP + lookups;
  const sizes = values.patients.split(',').map((text) => wholeNumber(text, '--patients', least));
  say(
    'SSN lookup of a whole record on the embedded server; 1 to 60 visits, one data key per patient',
  );
  const server = await startBenchServer();
  const clinics: BenchClinic[] = [];
  try {
    for (const size of sizes) {
      say(`${size.toLocaleString('en')} patients`);
      const clinic = await buildClinic(server.uri, size, (done) => {
        if (done % 10_000 === 0) say(`  loaded ${done.toLocaleString('en')}`);
      });
      clinics.push(clinic);
      for (const line of await proveIndex(clinic)) say(`  ${line}`);
    }
    await compare(clinics, lookups);
  } finally {
    for (const clinic of clinics) await clinic.close();
    await server.close();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : 'failed'}\n`);
  process.exitCode = 1;
});
