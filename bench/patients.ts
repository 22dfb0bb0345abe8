// Bench: made-up patients, the same at each run. Sizes and types of the clinic's real documents; the
// numbers can never be issued (area 900 and up, group 01 to 49).
import { Int32, ObjectId } from 'mongodb';
import type { Patient } from '../lib/db/patient-document.ts';
import type { Visit } from '../schemas/dto.ts';

const GROUPS = 49;
const SERIALS = 9999;
const MOST_VISITS = 20;
const firstVisit = Date.UTC(2024, 0, 1, 9);
const DAY = 86_400_000;

/** The SSN of the patient with this number; no two patients share one. */
export function ssnOf(number: number): Int32 {
  const serial = (number % SERIALS) + 1;
  const group = (Math.floor(number / SERIALS) % GROUPS) + 1;
  const area = 900 + Math.floor(number / (SERIALS * GROUPS));
  return new Int32(area * 1_000_000 + group * 10_000 + serial);
}

/** A whole patient, with 1 to 20 visits. `keyAltName` names the patient's own data key. */
export function makePatient(number: number, keyAltName: string): Patient {
  const ssn = ssnOf(number);
  return {
    _id: new ObjectId(),
    name: `Patient Number${number}`,
    nameKeys: ['patient', `number${number}`],
    contact: {
      phone: `555-${String(number).padStart(7, '0')}`,
      email: `patient${number}@example.org`,
      address: `${number} Main Street, Springfield`,
      dateOfBirth: '1970-01-01',
    },
    phoneKey: `555${String(number).padStart(7, '0')}`,
    ssn,
    last4ssn: ssn.value % 10_000,
    bloodType: 'AB+',
    medicalRecords: Array.from({ length: 1 + (number % MOST_VISITS) }, (_, visit) =>
      makeVisit(number, visit),
    ),
    insurance: { provider: 'MaestCare', policyNumber: new Int32(100_000 + number) },
    keyAltName,
    revision: 1,
    registeredAt: new Date(firstVisit),
  };
}

function makeVisit(number: number, visit: number): Visit {
  return {
    id: `00000000-0000-4000-8000-${String(number * MOST_VISITS + visit).padStart(12, '0')}`,
    measuredAt: new Date(firstVisit + visit * 30 * DAY),
    weightKg: 60 + (number % 40) + visit / 10,
    heartRate: 60 + (visit % 30),
    systolic: 110 + (visit % 30),
    diastolic: 70 + (visit % 15),
    temperatureC: 36.6,
    oxygenSaturation: 98,
    note: 'Routine visit, no complaints',
    doctor: { id: '0123456789abcdef01234567', name: 'Dr. Bench' },
  };
}
