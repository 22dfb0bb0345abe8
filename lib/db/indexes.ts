// The indexes that every query of lib/data and lib/auth relies on. Creating them again changes nothing.
import type { Db } from 'mongodb';
import { AUDIT_EVENTS, PATIENTS, SESSIONS, THROTTLES, USERS } from './names';

/** Deterministic ciphertexts are indexed as they are: equal numbers have equal ciphertexts. */
export async function createPatientIndexes(db: Db): Promise<void> {
  await db.collection(PATIENTS).createIndexes([
    {
      key: { ssn: 1 },
      unique: true,
      partialFilterExpression: { ssn: { $exists: true } },
    },
    {
      key: { 'insurance.policyNumber': 1 },
      partialFilterExpression: { 'insurance.policyNumber': { $exists: true } },
    },
    { key: { nameKeys: 1 } },
    { key: { name: 1 } },
    { key: { last4ssn: 1 } },
    { key: { phoneKey: 1 } },
    { key: { keyAltName: 1 }, unique: true },
  ]);
}

export async function createClinicIndexes(db: Db): Promise<void> {
  await db.collection(USERS).createIndexes([{ key: { username: 1 }, unique: true }]);
  // Rows that are past their date are refused by lib/auth at once; the TTL only tidies up.
  await db
    .collection(SESSIONS)
    .createIndexes([{ key: { expiresAt: 1 }, expireAfterSeconds: 0 }, { key: { userId: 1 } }]);
  await db.collection(THROTTLES).createIndexes([{ key: { expiresAt: 1 }, expireAfterSeconds: 0 }]);
  await db
    .collection(AUDIT_EVENTS)
    .createIndexes([{ key: { time: 1 } }, { key: { patientIds: 1, time: 1 } }]);
}
