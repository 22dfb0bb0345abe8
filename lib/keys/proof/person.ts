// Made-up patients for the proof of the key operations: every number belongs to one person only, so that whatever
// is found under it says where it came from.
import type { Measurement } from '@/schemas/measurement';
import { BLOOD_TYPES, type PatientRegistration } from '@/schemas/patient';

/** Starts every note; no byte of it may ever be found outside ciphertext. */
export const CANARY = 'canary:';

/** Numbers of two blocks never meet. Everyone who makes persons has a block; `at` counts from 1. */
export function person(block: number, at: number): PatientRegistration {
  const digits = `${String(block).padStart(2, '0')}${String(at).padStart(4, '0')}`;
  return {
    name: `${BLOCK_NAMES[block % BLOCK_NAMES.length] ?? ''} Proof-${letters(at)}`,
    contact: contactOf(digits, 1),
    // Group 01 in area 9xx: never issued.
    ssn: `9${digits.slice(0, 2)}01${digits.slice(2)}`,
    bloodType: BLOOD_TYPES[at % BLOOD_TYPES.length] ?? 'O-',
    insurance: { provider: 'MaestCare', policyNumber: policyNumber(block, at) },
  };
}

/** The numbers after `at` of a block serve for changes of insurance. */
export function policyNumber(block: number, at: number): string {
  return String(1_000_000_000 + block * 10_000_000 + at);
}

export function contactOf(digits: string, version: number): PatientRegistration['contact'] {
  return {
    phone: `(555) ${digits.slice(0, 3)}-${digits.slice(2)}`,
    email: `proof${digits}@example.com`,
    address: `${version} Elm Street, Kestrel Bay`,
    dateOfBirth: '1984-03-09',
  };
}

/** A measurement that is one of its kind: `name` goes into its note. */
export function measurement(name: string, at: number): Measurement {
  return {
    weightKg: 40 + (at % 100) / 2,
    heartRate: 50 + (at % 100),
    systolic: 110 + (at % 40),
    diastolic: 60 + (at % 40),
    temperatureC: undefined,
    respiratoryRate: undefined,
    oxygenSaturation: 90 + (at % 10),
    note: `${CANARY}${name}:${at}`,
  };
}

const BLOCK_NAMES = ['Ana', 'Bruno', 'Chidi', 'Dalia', 'Emre', 'Freya', 'Goran', 'Hana'];

function letters(at: number): string {
  return String(at).replaceAll(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)));
}
