// The identity check at the front desk: match, no match, locked; nothing else comes out of it.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ObjectId } from 'mongodb';
import { openTestClinic, registration, type TestClinic } from './testing/clinic';
import { identityClaimsSchema, type IdentityClaimsInput } from '@/schemas/identity';
import type { Staff } from '@/lib/auth/permissions';
import { registerContact, registerPatient, verifyIdentity } from './index';

let clinic: TestClinic;
const MINUTE = 60_000;
// Now: the server removes what expired by its own clock, a counter begun in the past included.
const start = new Date();
const after = (minutes: number): Date => new Date(start.getTime() + minutes * MINUTE);

beforeAll(async () => {
  clinic = await openTestClinic();
});
afterAll(() => clinic.close());

async function patient(serial: number): Promise<string> {
  return (await registerPatient(clinic.staff.doctor, registration(serial))).id;
}

function receptionist(): Staff {
  return { ...clinic.staff.receptionist, userId: new ObjectId().toHexString() };
}

function right(serial: number): IdentityClaimsInput {
  const { dateOfBirth, phone } = registration(serial).contact;
  return { dateOfBirth, phone, last4: String(serial).padStart(4, '0') };
}

function check(
  staff: Staff,
  id: string,
  claims: IdentityClaimsInput,
  now = start,
): Promise<string> {
  return verifyIdentity(staff, id, identityClaimsSchema.parse(claims), now);
}

describe('identity check', () => {
  it('matches what is stored, however it is spelled', async () => {
    const id = await patient(11);
    expect(await check(receptionist(), id, right(11))).toBe('match');
    const { email, address, phone } = registration(11).contact;
    const spelled = {
      email: email.toUpperCase(),
      address: address.replace(',', '').toLowerCase(),
      phone: `+1 ${phone.replaceAll(/\D/g, ' ')}`,
      last4: '0011',
    };
    expect(await check(receptionist(), id, spelled)).toBe('match');
  });
  it.each([
    ['the date of birth', { dateOfBirth: '1984-03-10' }],
    ['the phone number', { phone: '(555) 010-9999' }],
    ['the email', { email: 'other@example.com' }],
    ['the address', { address: '1 Oak Street' }],
    ['the last four digits', { last4: '9999' }],
  ])('does not match when %s is wrong, and says no more', async (_what, wrong) => {
    const id = await patient(20 + Math.floor(Math.random() * 9000));
    expect(await check(receptionist(), id, { ...right(12), ...wrong })).toBe('no-match');
  });
  it('does not match a patient without an SSN, nor one that does not exist', async () => {
    const { name, contact } = registration(13);
    const contactOnly = { name, contact, provider: 'MaestCare' };
    const { id } = await registerContact(clinic.staff.receptionist, contactOnly);
    expect(await check(receptionist(), id, right(13))).toBe('no-match');
    expect(await check(receptionist(), new ObjectId().toHexString(), right(13))).toBe('no-match');
  });
});

describe('identity lock', () => {
  it('locks a patient after five misses, for everyone, the right answer included', async () => {
    const id = await patient(14);
    for (let miss = 0; miss < 5; miss++) {
      expect(await check(receptionist(), id, { ...right(14), last4: '9999' })).toBe('no-match');
    }
    expect(await check(receptionist(), id, right(14))).toBe('locked');
    expect(await check(receptionist(), id, right(14), after(14.9))).toBe('locked');
    expect(await check(receptionist(), id, right(14), after(15))).toBe('match');
  });
  it('locks a user after twenty misses over many patients', async () => {
    const staff = receptionist();
    for (let miss = 0; miss < 20; miss++) {
      const nobody = new ObjectId().toHexString();
      expect(await check(staff, nobody, right(14))).toBe('no-match');
    }
    expect(await check(staff, new ObjectId().toHexString(), right(14))).toBe('locked');
    expect(await check(receptionist(), new ObjectId().toHexString(), right(14))).toBe('no-match');
  });
  it('does not count matches', async () => {
    const id = await patient(15);
    const staff = receptionist();
    for (let time = 0; time < 25; time++) expect(await check(staff, id, right(15))).toBe('match');
  });
  it('gives a hundred guesses at once five tries', async () => {
    const id = await patient(16);
    const guesses = Array.from({ length: 100 }, (_, guess) =>
      check(receptionist(), id, { ...right(16), last4: String(guess + 1000) }),
    );
    const verdicts = await Promise.all(guesses);
    expect(verdicts.filter((verdict) => verdict === 'no-match')).toHaveLength(5);
    expect(verdicts.filter((verdict) => verdict === 'locked')).toHaveLength(95);
  });
  it('holds in a new process', async () => {
    const id = await patient(17);
    for (let miss = 0; miss < 5; miss++) {
      await check(receptionist(), id, { ...right(17), last4: '9999' });
    }
    vi.resetModules();
    const fresh = await import('./identity');
    const claims = identityClaimsSchema.parse(right(17));
    expect(await fresh.verifyIdentity(receptionist(), id, claims, start)).toBe('locked');
  });
});
