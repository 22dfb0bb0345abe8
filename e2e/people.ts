// Who works at the demo clinic, and a made-up patient. Knows no page.
import { randomInt, randomUUID } from 'node:crypto';

export type Role = 'doctor' | 'receptionist';

/** Names of the demo accounts that the sign-in page offers. */
export const STAFF = {
  doctor: 'Dr Adaeze Okafor',
  otherDoctor: 'Dr Nils Lindgren',
  receptionist: 'Rosa Delgado',
  otherReceptionist: 'Tomás Byrne',
  officer: 'Inês Carvalho',
  otherOfficer: 'Viktor Hahn',
} as const;

export type StaffName = (typeof STAFF)[keyof typeof STAFF];

export interface TestPatient {
  id: string;
  name: string;
  dateOfBirth: string;
  phone: string;
  email: string;
  address: string;
  /** Nine digits, never issuable (area 900 to 999, group 01 to 49). */
  ssn: string;
  bloodType: string;
  provider: string;
  policyNumber: string;
}

/** Someone whom nobody else in the database resembles. */
export function inventPatient(): Omit<TestPatient, 'id'> {
  const tag = randomUUID()
    .slice(0, 8)
    .replace(/\d/g, (digit) => 'ghijklmnop'.charAt(Number(digit)));
  const serial = String(randomInt(1, 10_000)).padStart(4, '0');
  return {
    name: `Ottilie ${tag.charAt(0).toUpperCase()}${tag.slice(1)}`,
    dateOfBirth: `19${randomInt(40, 99)}-0${randomInt(1, 10)}-1${randomInt(0, 10)}`,
    phone: `(555) ${randomInt(200, 999)}-${randomInt(1000, 10_000)}`,
    email: `${tag}@example.com`,
    address: `${randomInt(1, 900)} ${tag} Lane, Springfield`,
    ssn: `${randomInt(901, 1000)}${String(randomInt(1, 50)).padStart(2, '0')}${serial}`,
    bloodType: 'AB-',
    provider: 'Tidewater Mutual',
    policyNumber: String(randomInt(1_000_000_000, 2_000_000_000)),
  };
}

/** Nine digits as people write them. */
export function dashed(ssn: string): string {
  return `${ssn.slice(0, 3)}-${ssn.slice(3, 5)}-${ssn.slice(5)}`;
}
