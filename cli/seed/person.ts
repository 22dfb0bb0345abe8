// One made-up person: name, contact, numbers. Patient `index` depends on the seed and the index alone, so
// that an interrupted run goes on where it stopped.
import { nameKeys } from '../../lib/data/name-keys.ts';
import { phoneDigits } from '../../schemas/contact.ts';
import type { Contact } from '../../schemas/dto.ts';
import type { BloodType } from '../../schemas/patient.ts';
import {
  FAMILY_NAMES,
  FEMALE_NAMES,
  GIVEN_NAMES,
  NEUTRAL_NAMES,
  PROVIDERS,
  STREET_KINDS,
  STREETS,
  TOWNS,
} from './names.ts';
import { createRandom, type Random } from './random.ts';

export interface Person {
  index: number;
  /** 24 hex digits. */
  id: string;
  keyAltName: string;
  name: string;
  nameKeys: string[];
  contact: Contact;
  phoneKey: string;
  /** Nine digits that can never be issued. */
  ssn: string;
  bloodType: BloodType;
  provider: string;
  policyNumber: number;
}

/** Made-up histories end here, so that every run makes the same ones. */
export const TODAY = new Date('2026-11-20T12:00:00Z');
const YEAR_MS = 365.25 * 86_400_000;

/** Out of ten patients: who lives with whom. */
const HOUSEHOLDS = [0, 0, 0, 0, 1, 1, 2, 2, 2, 3];
const HOUSEHOLDS_OF_TEN = 4;

// Area 900-999, group 01-49 (above are tax numbers), serial 0001-9999. Both steps are coprime to their
// range, so that no number comes twice before all have come.
const GROUPS = 49;
const SERIALS = 9999;
const SSN_COUNT = 100 * GROUPS * SERIALS;
const SSN_STEP = 17_393_869n;
/** Patient 0 has a number that ends in 0012: leading zeros must survive. */
const SSN_START = 11n;
const POLICY_COUNT = 900_000_000n;
const POLICY_STEP = 611_953_957n;

const BLOOD_TYPE_SHARES: readonly [BloodType, number][] = [
  ['O+', 0.374],
  ['A+', 0.357],
  ['B+', 0.085],
  ['O-', 0.066],
  ['A-', 0.063],
  ['AB+', 0.034],
  ['B-', 0.015],
  ['AB-', 0.006],
];

export function createPerson(seed: number, index: number): Person {
  const random = createRandom(seed, 'person', index);
  const household = createHousehold(seed, index);
  const family = random.chance(0.85) ? household.family : random.pick(FAMILY_NAMES);
  const given = random.pick(GIVEN_NAMES);
  const name = `${given} ${random.chance(0.2) ? `${random.pick(GIVEN_NAMES)} ` : ''}${family}`;
  const phone = random.chance(0.3) ? household.phone : phoneNumber(random);
  return {
    index,
    id: random.hex(12),
    keyAltName: `patient:${random.uuid()}`,
    name,
    nameKeys: nameKeys(name),
    contact: {
      phone,
      email: random.chance(0.85) ? `${nameKeys(`${given} ${family}`).join('.')}@example.com` : '',
      address: household.address,
      dateOfBirth: new Date(TODAY.getTime() - ageInYears(random) * YEAR_MS)
        .toISOString()
        .slice(0, 10),
      ...genderOf(seed, index, given),
    },
    phoneKey: phoneDigits(phone),
    ssn: ssnOf(index),
    bloodType: bloodType(random),
    provider: household.provider,
    policyNumber: household.policyNumber,
  };
}

/** Not recorded for some, as in any clinic. */
function genderOf(seed: number, index: number, given: string): Pick<Contact, 'gender'> {
  const random = createRandom(seed, 'gender', index);
  if (random.chance(0.04)) return {};
  if (random.chance(0.01)) return { gender: random.pick(['other', 'unknown']) };
  if (NEUTRAL_NAMES.has(given)) return { gender: random.pick(['female', 'male']) };
  return { gender: FEMALE_NAMES.has(given) ? 'female' : 'male' };
}

/** Never-issuable number of patient `index`; all different for the first 48 million. */
export function ssnOf(index: number): string {
  const number = Number((BigInt(index) * SSN_STEP + SSN_START) % BigInt(SSN_COUNT));
  const serial = 1 + (number % SERIALS);
  const group = 1 + (Math.floor(number / SERIALS) % GROUPS);
  const area = 900 + Math.floor(number / (SERIALS * GROUPS));
  return [area, String(group).padStart(2, '0'), String(serial).padStart(4, '0')].join('');
}

// Who shares a household shares its address, insurance and policy number.
function createHousehold(seed: number, index: number) {
  const household =
    Math.floor(index / HOUSEHOLDS.length) * HOUSEHOLDS_OF_TEN +
    (HOUSEHOLDS[index % HOUSEHOLDS.length] ?? 0);
  const random = createRandom(seed, 'household', household);
  const [town, zip] = random.pick(TOWNS);
  const street = `${random.pick(STREETS)} ${random.pick(STREET_KINDS)}`;
  return {
    family: random.pick(FAMILY_NAMES),
    phone: phoneNumber(random),
    address: `${random.int(1, 980)} ${street}, ${town} ${zip}`,
    provider: random.pick(PROVIDERS),
    policyNumber: 100_000_000 + Number((BigInt(household) * POLICY_STEP) % POLICY_COUNT),
  };
}

// 555-0100 to 555-0199 are set aside for fiction in every area.
function phoneNumber(random: Random): string {
  const area = random.int(201, 989);
  return `(${area}) 555-01${String(random.int(0, 99)).padStart(2, '0')}`;
}

function ageInYears(random: Random): number {
  return random.chance(0.14) ? 0.5 + random.next() * 17 : 18 + 74 * random.next() ** 1.15;
}

function bloodType(random: Random): BloodType {
  let left = random.next();
  for (const [type, share] of BLOOD_TYPE_SHARES) {
    if (left < share) return type;
    left -= share;
  }
  return 'O+';
}
