// For tests of a key service that fails: a clinic under it, its refusals, and everything that it has stored.
import { vi } from 'vitest';
import { currentNames, keyVault } from '@/lib/db/connections';
import { PATIENTS } from '@/lib/db/names';
import { sayIn } from '@/lib/i18n/say-in';
import * as data from '../index';
import { openTestClinic, registration, type TestClinic } from './clinic';

/** `KEY_EXPIRATION_MS` of `openClinicAt`. */
export const CACHE_MS = 3000;

/** The refusal, with what a person is shown in English. */
export async function refusal(work: Promise<unknown>): Promise<{ code: string; said: string }> {
  try {
    await work;
  } catch (error) {
    if (error instanceof data.DataError) {
      return { code: error.code, said: sayIn('en', error.userMessage) };
    }
    throw error;
  }
  throw new Error('Expected a refusal, got an answer');
}

/** Everything that the clinic has stored of patients and keys. */
export async function stored({ plain }: TestClinic): Promise<unknown[]> {
  const names = currentNames();
  return [
    await plain.db(names.patients).collection(PATIENTS).find().sort({ _id: 1 }).toArray(),
    await keyVault().find().sort({ _id: 1 }).toArray(),
  ];
}

/** A clinic under the KMS of these settings, with one patient, and one that the front desk has registered. */
export async function openClinicAt(settings: Record<string, string>) {
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  vi.stubEnv('KEY_EXPIRATION_MS', String(CACHE_MS));
  const clinic = await openTestClinic();
  const { doctor, receptionist } = clinic.staff;
  const { id } = await data.registerPatient(doctor, registration(1));
  const { name, contact } = registration(2);
  const desk = { name, contact, provider: 'MaestCare' };
  const { id: incomplete } = await data.registerContact(receptionist, desk);
  return { clinic, id, incomplete };
}
