// A made-up history of visits: values that fit the age and drift as values of a person do. For trying the
// charts out, not for medicine.
import type { Visit } from '../../schemas/dto.ts';
import { NOTES } from './names.ts';
import { createRandom, type Random } from './random.ts';
import { TODAY } from './person.ts';

const DAY_MS = 86_400_000;
const YEAR_MS = 365.25 * DAY_MS;
export const MOST_VISITS = 60;

/** Typical values at an age in years; between two rows they are interpolated. */
const BY_AGE = [
  { age: 0, weight: 3.5, heartRate: 140, systolic: 72, diastolic: 45, breaths: 42 },
  { age: 1, weight: 9.8, heartRate: 120, systolic: 88, diastolic: 52, breaths: 30 },
  { age: 5, weight: 18.5, heartRate: 98, systolic: 96, diastolic: 58, breaths: 23 },
  { age: 10, weight: 33, heartRate: 85, systolic: 104, diastolic: 63, breaths: 19 },
  { age: 15, weight: 57, heartRate: 76, systolic: 112, diastolic: 67, breaths: 17 },
  { age: 20, weight: 71, heartRate: 72, systolic: 117, diastolic: 73, breaths: 15 },
  { age: 45, weight: 80, heartRate: 73, systolic: 123, diastolic: 78, breaths: 15 },
  { age: 70, weight: 77, heartRate: 72, systolic: 134, diastolic: 76, breaths: 16 },
  { age: 95, weight: 66, heartRate: 74, systolic: 141, diastolic: 71, breaths: 17 },
] as const;

type Typical = (typeof BY_AGE)[number];
type Doctors = readonly Visit['doctor'][];

/** 1 to 60 visits, oldest first, all after birth and before the generator's today. */
export function createVisits(
  seed: number,
  index: number,
  dateOfBirth: string,
  doctors: Doctors,
): Visit[] {
  const random = createRandom(seed, 'visits', index);
  const birth = Date.parse(`${dateOfBirth}T00:00:00Z`);
  const body = createBody(random);
  // Most people come a few times; some come for years.
  const count = 1 + Math.floor((MOST_VISITS - 1) * random.next() ** 2.2 + 0.5);
  const familyDoctor = random.pick(doctors);
  const times = visitTimes(random, count, birth);
  return times.map((time, at) =>
    createVisit(random, body, {
      measuredAt: time,
      age: (time.getTime() - birth) / YEAR_MS,
      progress: times.length < 2 ? 1 : at / (times.length - 1),
      doctor: random.chance(0.8) ? familyDoctor : random.pick(doctors),
    }),
  );
}

/** What makes this person differ from the typical one, over all visits. */
interface Body {
  size: number;
  fitness: number;
  /** Pressure above typical before treatment, in mm[Hg]. */
  hypertension: number;
  /** Weight gained (or lost) from the first visit to the last, as a share. */
  drift: number;
}

function createBody(random: Random): Body {
  return {
    size: Math.exp(0.15 * random.normal()),
    fitness: 7 * random.normal(),
    hypertension: random.chance(0.28) ? 14 + 14 * random.next() : 0,
    drift: 0.06 * random.normal(),
  };
}

function visitTimes(random: Random, count: number, birth: number): Date[] {
  const latest = TODAY.getTime() - random.next() * 120 * DAY_MS;
  const wanted = count * (18 + 50 * random.next()) * DAY_MS;
  const span = Math.min(wanted, (latest - birth) * 0.95, 12 * YEAR_MS);
  const offsets = Array.from({ length: count }, (_, at) => (at + 0.6 * random.next()) / count);
  return offsets.map((share) => {
    const day = new Date(latest - span * (1 - share));
    // Consulting hours, on a five-minute grid.
    day.setUTCHours(random.int(8, 16), 5 * random.int(0, 11), 0, 0);
    return day;
  });
}

function createVisit(
  random: Random,
  body: Body,
  {
    measuredAt,
    age,
    progress,
    doctor,
  }: {
    measuredAt: Date;
    age: number;
    progress: number;
    doctor: Visit['doctor'];
  },
): Visit {
  const typical = typicalAt(age);
  const feverish = random.chance(0.05);
  // Treatment takes hold over the first half of the history.
  const excess = body.hypertension * Math.max(0.25, 1 - 1.5 * progress);
  const systolic = Math.round(typical.systolic + excess + 6 * random.normal());
  const diastolic = Math.round(typical.diastolic + 0.5 * excess + 4 * random.normal());
  const weight =
    typical.weight * body.size * (1 + body.drift * progress) * (1 + 0.007 * random.normal());
  const rate = typical.heartRate + body.fitness + (feverish ? 18 : 0) + 4 * random.normal();
  const note = pickNote(random, body, feverish);
  return {
    id: random.uuid(),
    measuredAt,
    weightKg: Math.round(weight * 10) / 10,
    heartRate: Math.max(42, Math.round(rate)),
    systolic: Math.max(systolic, diastolic + 18),
    diastolic,
    ...(random.chance(0.6) || feverish
      ? { temperatureC: Math.round((feverish ? 38.4 : 36.7) * 10 + 3 * random.normal()) / 10 }
      : {}),
    ...(random.chance(0.5)
      ? { respiratoryRate: Math.max(10, Math.round(typical.breaths + 1.5 * random.normal())) }
      : {}),
    ...(random.chance(0.5)
      ? { oxygenSaturation: 100 - Math.min(7, Math.floor(-1.6 * Math.log(1 - random.next()))) }
      : {}),
    ...(note === null ? {} : { note }),
    doctor,
  };
}

function pickNote(random: Random, body: Body, feverish: boolean): string | null {
  if (feverish) return random.pick(NOTES.acute);
  if (!random.chance(0.4)) return null;
  if (body.hypertension > 0 && random.chance(0.6)) return random.pick(NOTES.pressure);
  if (Math.abs(body.drift) > 0.06 && random.chance(0.4)) return random.pick(NOTES.weight);
  return random.pick(random.chance(0.2) ? NOTES.acute : NOTES.routine);
}

function typicalAt(age: number): Typical | Record<keyof Typical, number> {
  const after = BY_AGE.findIndex((row) => row.age >= age);
  const high = BY_AGE[after === -1 ? BY_AGE.length - 1 : after] ?? BY_AGE[0];
  const low = BY_AGE[Math.max(0, after - 1)] ?? BY_AGE[0];
  if (after <= 0) return high;
  const share = (age - low.age) / (high.age - low.age);
  const between = (name: keyof Typical): number => low[name] + share * (high[name] - low[name]);
  return {
    age,
    weight: between('weight'),
    heartRate: between('heartRate'),
    systolic: between('systolic'),
    diastolic: between('diastolic'),
    breaths: between('breaths'),
  };
}
