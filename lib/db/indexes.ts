// The indexes that every query of lib/data and lib/auth relies on. Creating them again changes nothing.
import type { Db } from 'mongodb';
import { NAME_ORDER_FIELDS } from '@/lib/data/name-keys';
import {
  AUDIT_EVENTS,
  EMERGENCY_ACCESS,
  PATIENTS,
  RECENT_PATIENTS,
  SESSIONS,
  THROTTLES,
  USERS,
} from './names';

/** How long the search page shows a doctor whom they opened. */
const RECENT_DAYS = 30;

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
    // Found, then read in order: the second field spares the server sorting.
    { key: { last4ssn: 1, 'nameOrder.a': 1 } },
    { key: { 'contact.dateOfBirth': 1, 'nameOrder.a': 1 } },
    { key: { phoneKey: 1 } },
    // Of every record, so that those still without one are found through it.
    { key: { 'nameOrder.a': 1 } },
    ...NAME_ORDER_FIELDS.filter((field) => field !== 'a').map((field) => ({
      key: { [`nameOrder.${field}`]: 1 } as const,
      partialFilterExpression: { [`nameOrder.${field}`]: { $exists: true } },
    })),
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
  await db.collection(AUDIT_EVENTS).createIndexes([
    // A position of the chain is given once, whichever process asks for it.
    { key: { seq: 1 }, unique: true },
    { key: { patients: 1, seq: 1 } },
    { key: { action: 1, seq: 1 } },
    {
      key: { 'sealed.patient': 1, 'sealed.revision': 1 },
      partialFilterExpression: { 'sealed.patient': { $exists: true } },
    },
    { key: { userId: 1, seq: 1 } },
    { key: { 'searched.digest': 1, seq: 1 } },
    { key: { time: 1 } },
  ]);
  await db
    .collection(RECENT_PATIENTS)
    .createIndexes([
      { key: { userId: 1, at: -1 } },
      { key: { at: 1 }, expireAfterSeconds: RECENT_DAYS * 86_400 },
    ]);
  await db.collection(EMERGENCY_ACCESS).createIndexes([
    // One at a time for each doctor and patient: two requests at once grant one access.
    {
      key: { patientId: 1, userId: 1 },
      unique: true,
      partialFilterExpression: { running: { $exists: true } },
    },
    { key: { awaitsReview: 1, startedAt: 1 } },
    { key: { startedAt: 1 } },
  ]);
}
