import { describe, expect, it } from 'vitest';
import { ALERT_KINDS, alertSchema } from '../../schemas/alert.ts';
import { measurementSchema, VITAL_SIGN_NAMES } from '../../schemas/measurement.ts';
import { patientRegistrationSchema } from '../../schemas/patient.ts';
import { ssnProblem } from '../../schemas/ssn.ts';
import { createAlerts } from './alerts.ts';
import { careTeamOf } from './care-teams.ts';
import { FEMALE_NAMES, GIVEN_NAMES } from './names.ts';
import { createPerson, ssnOf, TODAY, type Person } from './person.ts';
import { createRandom } from './random.ts';
import { createVisits, MOST_VISITS } from './visits.ts';

const DOCTORS = [
  { id: 'a', name: 'Dr A' },
  { id: 'b', name: 'Dr B' },
];
const people = Array.from({ length: 500 }, (_, index) => createPerson(1, index));
const histories = people.map(({ index, contact }) =>
  createVisits(1, index, contact.dateOfBirth, DOCTORS),
);

describe('random numbers', () => {
  it('are the same for the same seed, on every machine', () => {
    const random = createRandom(1, 'person', 7);
    expect([random.int(0, 999), random.int(0, 999), random.hex(4)]).toMatchInlineSnapshot(`
      [
        98,
        939,
        "70ffd6da",
      ]
    `);
  });
  it('differ from stream to stream', () => {
    expect(createRandom(1, 'a').hex(8)).not.toBe(createRandom(2, 'a').hex(8));
  });
});

describe('made-up people', () => {
  it('are the same whatever was made before them', () => {
    expect(createPerson(1, 123)).toEqual(people[123]);
    expect(createPerson(2, 123)).not.toEqual(people[123]);
  });
  it('have numbers that can never be issued, each its own, one ending in 00xx', () => {
    const numbers = people.map(({ ssn }) => ssn);
    expect(numbers.filter((ssn) => ssnProblem(ssn, 'demo') !== null)).toEqual([]);
    expect(numbers.every((ssn) => Number(ssn.slice(3, 5)) <= 49)).toBe(true);
    expect(new Set(numbers).size).toBe(people.length);
    expect(numbers[0]).toMatch(/00\d\d$/);
  });
  it('have different numbers among a hundred thousand', () => {
    const count = 100_000;
    expect(new Set(Array.from({ length: count }, (_, index) => ssnOf(index))).size).toBe(count);
  });
  it('have different ids and key names', () => {
    expect(new Set(people.map(({ id }) => id)).size).toBe(people.length);
    expect(new Set(people.map(({ keyAltName }) => keyAltName)).size).toBe(people.length);
  });
  it('could have been typed into the registration form', () => {
    const schema = patientRegistrationSchema('demo');
    const refused = people.filter(({ name, contact, ssn, bloodType, provider, policyNumber }) => {
      const insurance = { provider, policyNumber: String(policyNumber) };
      return !schema.safeParse({ name, contact, ssn, bloodType, insurance }).success;
    });
    expect(refused).toEqual([]);
  });
  it('have a sex that fits the name, where it was recorded', () => {
    const given = ({ name }: Person): string => name.split(' ')[0] ?? '';
    const sexes = people.map(({ contact }) => contact.gender);
    expect([...new Set(sexes)]).toEqual(expect.arrayContaining(['female', 'male', undefined]));
    const women = people.filter((person) => FEMALE_NAMES.has(given(person)));
    expect(women.filter(({ contact }) => contact.gender === 'male')).toEqual([]);
    expect([...FEMALE_NAMES].filter((name) => !GIVEN_NAMES.includes(name))).toEqual([]);
  });
  it('share a policy number with their household', () => {
    const policies = new Set(people.map(({ policyNumber }) => policyNumber));
    expect(policies.size).toBe(200);
  });
});

describe('made-up histories', () => {
  it('have 1 to 60 visits, some at either end', () => {
    const lengths = histories.map((visits) => visits.length);
    expect(Math.min(...lengths)).toBe(1);
    expect(Math.max(...lengths)).toBe(MOST_VISITS);
  });
  it('are in order, after birth and before the end of the made-up time', () => {
    histories.forEach((visits, index) => {
      const times = visits.map(({ measuredAt }) => measuredAt.getTime());
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(times[0]).toBeGreaterThan(Date.parse(people[index]?.contact.dateOfBirth ?? ''));
      expect(times.at(-1)).toBeLessThanOrEqual(TODAY.getTime());
    });
  });
  it('hold values that the measurement form accepts', () => {
    const refused = histories.flat().filter((visit) => {
      const typed = VITAL_SIGN_NAMES.map((name) => [name, String(visit[name] ?? '')]);
      return !measurementSchema.safeParse(Object.fromEntries(typed)).success;
    });
    expect(refused).toEqual([]);
  });
});

describe('made-up alerts', () => {
  const alerts = people.map((_, index) => createAlerts(1, index, histories[index] ?? []));
  it('could have been typed, and never say both that there is an allergy and that there is none', () => {
    const all = alerts.flatMap((list) => list ?? []);
    expect(all.filter(({ kind, text }) => !alertSchema.safeParse({ kind, text }).success)).toEqual(
      [],
    );
    const kinds = alerts.map((list) => new Set(list?.map(({ kind }) => kind)));
    expect(kinds.some((set) => set.has('allergy') && set.has('no-known-allergies'))).toBe(false);
    for (const kind of ALERT_KINDS) expect(kinds.some((set) => set.has(kind))).toBe(true);
    expect(alerts).toContain(undefined);
  });
});

describe('made-up care teams', () => {
  const teams = people.map(({ index }) => careTeamOf(1, index, DOCTORS));
  it('are never empty and the same each time', () => {
    expect(teams.filter((team) => team.length === 0)).toEqual([]);
    expect(people.map(({ index }) => careTeamOf(1, index, DOCTORS))).toEqual(teams);
  });
  it('hold every doctor for most patients, and for some only one', () => {
    const whole = teams.filter((team) => team.length === DOCTORS.length).length;
    expect(whole).toBeGreaterThan(0.7 * people.length);
    expect(whole).toBeLessThan(0.9 * people.length);
    for (const doctor of DOCTORS) {
      const alone = teams.filter((team) => team.length === 1 && team[0] === doctor).length;
      expect(alone).toBeGreaterThan(0.05 * people.length);
    }
  });
});
