import { ObjectId } from 'mongodb';
import { generateSync } from 'otplib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as data from '@/lib/data';
import type { Role, Staff } from '@/lib/auth/permissions';
import { findStaff } from '@/lib/auth/sessions';
import { signIn } from '@/lib/auth/sign-in';
import { createUser, users } from '@/lib/auth/users';
import { currentNames } from '@/lib/db/connections';
import { AUDIT_EVENTS } from '@/lib/db/names';
import { openTestClinic, type TestClinic } from './testing/clinic';

const PASSWORD = 'seven-lamps-on-a-hill';
const FROM = { address: '192.0.2.50', browser: 'Firefox, Linux' };

let clinic: TestClinic;
let officer: Staff;
let serial = 0;

/** A new account with a session. */
async function person(role: Role): Promise<{ id: string; username: string; reference: string }> {
  serial += 1;
  const username = `${role}${serial}`;
  await createUser({ username, name: `Person ${serial}`, role, password: PASSWORD });
  const id = (await users().findOne({ username }))?._id.toHexString() ?? '';
  return { id, username, reference: await enter(username) };
}

async function enter(username: string, password = PASSWORD, code = ''): Promise<string> {
  const result = await signIn({ username, password, code }, FROM);
  if (!result.ok) throw new Error(result.failure);
  return result.reference;
}

async function staffOf(reference: string): Promise<Staff> {
  const staff = await findStaff(reference);
  if (staff === null) throw new Error('Expected a session');
  return staff;
}

const steps = (count: number) => new Date(Date.now() + count * 30_000);
const codeAt = (secret: string, now: Date) =>
  generateSync({ secret, epoch: Math.floor(now.getTime() / 1000) });

beforeAll(async () => {
  vi.stubEnv('NEXTAUTH_SECRET', 'b8Jq0vTn5Zx2Lw9Rk4Ys7Hd1Fg6Mc3Pa-even-longer');
  clinic = await openTestClinic();
  officer = clinic.staff.officer;
});
afterAll(() => clinic.close());

describe('an officer', () => {
  it('creates an account that can sign in; a taken name and a common password are refused', async () => {
    const account = { username: 'newcomer', name: 'New Comer', role: 'doctor' as const };
    await data.createAccount(officer, { ...account, password: PASSWORD });
    expect(await staffOf(await enter('newcomer'))).toMatchObject({ role: 'doctor' });
    await expect(
      data.createAccount(officer, { ...account, password: PASSWORD }),
    ).rejects.toMatchObject({ code: 'INVALID', field: 'username' });
    const common = { ...account, username: 'other', password: 'password123' };
    await expect(data.createAccount(officer, common)).rejects.toMatchObject({ field: 'password' });
    expect(await users().findOne({ username: 'other' })).toBeNull();
  });
  it('disables and enables an account: its session ends, and it cannot come back meanwhile', async () => {
    const { id, username, reference } = await person('doctor');
    await data.setAccountDisabled(officer, id, true);
    expect(await findStaff(reference)).toBeNull();
    await expect(enter(username)).rejects.toThrow('invalid');
    await data.setAccountDisabled(officer, id, false);
    expect(await staffOf(await enter(username))).toMatchObject({ role: 'doctor' });
  });
  it('changes a role: the session that is open has the new one at its next request', async () => {
    const { id, reference } = await person('doctor');
    const before = await staffOf(reference);
    await data.changeRole(officer, id, 'receptionist');
    const after = await staffOf(reference);
    expect([before.role, after.role]).toEqual(['doctor', 'receptionist']);
    await expect(data.getPatientRecord(after, 'a'.repeat(24))).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });
  it('resets a password: sessions end, the old one is refused', async () => {
    const { id, username, reference } = await person('receptionist');
    await data.resetPassword(officer, id, 'quite-another-phrase');
    expect(await findStaff(reference)).toBeNull();
    await expect(enter(username)).rejects.toThrow('invalid');
    await enter(username, 'quite-another-phrase');
  });
  it('cannot touch the own account this way, nor one that is not there', async () => {
    const { reference, id } = await person('officer');
    const own = { ...(await staffOf(reference)) };
    delete own.lacksSecondFactor;
    await expect(data.setAccountDisabled(own, id, true)).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await expect(data.changeRole(own, id, 'doctor')).rejects.toMatchObject({ code: 'CONFLICT' });
    const nobody = new ObjectId().toHexString();
    await expect(data.endAccountSessions(own, nobody)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
  it('cannot leave a clinic without officers, not even two of them who disable each other at once', async () => {
    const officers = { role: 'officer', disabled: false } as const;
    for (let round = 0; round < 8; round += 1) {
      await users().deleteMany({ role: 'officer' });
      const pair = await Promise.all([person('officer'), person('officer')]);
      const staff = await Promise.all(pair.map(async ({ reference }) => staffOf(reference)));
      staff.forEach((one) => delete one.lacksSecondFactor);
      const [one, other] = [staff[0] ?? officer, staff[1] ?? officer];
      await Promise.allSettled([
        data.setAccountDisabled(one, other.userId, true),
        data.changeRole(other, one.userId, 'doctor'),
      ]);
      expect(await users().countDocuments(officers)).toBeGreaterThan(0);
    }
    const last = await users().findOne(officers);
    // Both may have given way to each other.
    await users().deleteMany({ role: 'officer', _id: { $ne: last?._id } });
    const id = last?._id.toHexString() ?? '';
    const refused = { code: 'CONFLICT' };
    await expect(data.setAccountDisabled(officer, id, true)).rejects.toMatchObject(refused);
    await expect(data.changeRole(officer, id, 'doctor')).rejects.toMatchObject(refused);
    expect(await users().findOne({ _id: last?._id })).toEqual(last);
  });
  it('is the only one who learns whether an account is there', async () => {
    const { id } = await person('doctor');
    for (const named of [id, new ObjectId().toHexString()]) {
      const attempt = data.resetPassword(clinic.staff.doctor, named, 'quite-another-phrase');
      await expect(attempt).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
    const events = clinic.plain.db(currentNames().clinic).collection(AUDIT_EVENTS);
    const denied = await events.find({ action: 'reset-password', outcome: 'denied' }).toArray();
    expect(denied).toHaveLength(2);
    expect(denied.filter((event) => 'reason' in event)).toEqual([]);
  });
  it('sees who has an account, and no hash or secret of anybody', async () => {
    const { username } = await person('receptionist');
    const accounts = await data.listAccounts(officer);
    expect(accounts.find((account) => account.username === username)).toMatchObject({
      ...{ role: 'receptionist', disabled: false, secondFactor: false, sessions: 1, own: false },
    });
    expect(JSON.stringify(accounts)).not.toMatch(/argon2|sealed/);
  });
});

it.each(['doctor', 'receptionist'] as const)('a %s manages no account', async (role) => {
  const staff = clinic.staff[role];
  const { id } = await person('doctor');
  await expect(data.listAccounts(staff)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(data.changeRole(staff, id, 'officer')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect(await users().findOne({ _id: new ObjectId(id) })).toMatchObject({ role: 'doctor' });
});

describe('everybody', () => {
  it('sees their own sessions and ends one; nobody else’s', async () => {
    const { username, reference } = await person('doctor');
    const other = await enter(username);
    const stranger = await staffOf((await person('doctor')).reference);
    const staff = await staffOf(reference);
    const { sessions } = await data.readOwnAccount(staff);
    expect(sessions.map(({ current }) => current).sort()).toEqual([false, true]);
    expect(sessions[0]).toMatchObject({ browser: 'Firefox, Linux' });
    const ended = sessions.find(({ current }) => !current)?.id ?? '';
    await expect(data.endOwnSession(stranger, ended)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await data.endOwnSession(staff, ended);
    expect(await findStaff(other)).toBeNull();
    expect(await findStaff(reference)).not.toBeNull();
  });
  it('changes their password: other sessions end, this one stays; a wrong current one is refused', async () => {
    const { username, reference } = await person('doctor');
    const other = await enter(username);
    const staff = await staffOf(reference);
    const chosen = { password: 'a-fresh-pass-phrase', again: 'a-fresh-pass-phrase' };
    await expect(
      data.changeOwnPassword(staff, { current: 'wrong-guess', ...chosen }),
    ).rejects.toMatchObject({ code: 'INVALID', field: 'current' });
    await data.changeOwnPassword(staff, { current: PASSWORD, ...chosen });
    expect(await findStaff(other)).toBeNull();
    expect(await findStaff(reference)).not.toBeNull();
    await enter(username, 'a-fresh-pass-phrase');
  });
  it('cannot guess the current password from an open session', async () => {
    const staff = await staffOf((await person('doctor')).reference);
    const guess = { current: 'wrong-guess', password: PASSWORD, again: PASSWORD };
    for (let at = 0; at < 8; at += 1) {
      await expect(data.changeOwnPassword(staff, guess)).rejects.toMatchObject({ code: 'INVALID' });
    }
    await expect(
      data.changeOwnPassword(staff, { ...guess, current: PASSWORD }),
    ).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('the second factor', () => {
  it('keeps an officer without one to their own account', async () => {
    const staff = await staffOf((await person('officer')).reference);
    await expect(data.readAuditLog(staff, {}, null)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(data.listAccounts(staff)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await data.readOwnAccount(staff)).toMatchObject({ secondFactor: 'needed' });
  });
  it('is set up with a first code, asked for afterwards, and each code works once', async () => {
    const { username, reference } = await person('officer');
    const staff = await staffOf(reference);
    const { secret } = await data.offerSecondFactor(staff);
    await expect(data.enrolSecondFactor(staff, '000000')).rejects.toMatchObject({ field: 'code' });
    const recovery = await data.enrolSecondFactor(staff, codeAt(secret, new Date()));
    expect(recovery).toHaveLength(10);
    const row = JSON.stringify(await users().findOne({ username }));
    expect([secret, ...recovery].filter((text) => row.includes(text))).toEqual([]);
    expect((await data.readAuditLog(await staffOf(reference), {}, null)).events).not.toEqual([]);

    await expect(enter(username)).rejects.toThrow('code-needed');
    await expect(enter(username, PASSWORD, '123456')).rejects.toThrow('code-wrong');
    await expect(enter(username, 'wrong-guess', '123456')).rejects.toThrow('invalid');
    const next = { username, password: PASSWORD, code: codeAt(secret, steps(1)) };
    expect(await signIn(next, FROM, steps(1))).toMatchObject({ ok: true });
    expect(await signIn(next, FROM, steps(1))).toMatchObject({ failure: 'code-wrong' });
    // The code before the last one that was used is refused too.
    const earlier = { ...next, code: codeAt(secret, steps(0)) };
    expect(await signIn(earlier, FROM, steps(1))).toMatchObject({ failure: 'code-wrong' });
    const old = { ...next, code: codeAt(secret, steps(2)) };
    expect(await signIn(old, FROM, steps(5))).toMatchObject({ failure: 'code-wrong' });

    const [first = ''] = recovery;
    await enter(username, PASSWORD, first.toUpperCase());
    await expect(enter(username, PASSWORD, first)).rejects.toThrow('code-wrong');
  });
  it('of two sign-ins at once with one code, lets one in', async () => {
    const { username, reference } = await person('officer');
    const staff = await staffOf(reference);
    const { secret } = await data.offerSecondFactor(staff);
    await data.enrolSecondFactor(staff, codeAt(secret, new Date()));
    const credentials = { username, password: PASSWORD, code: codeAt(secret, steps(1)) };
    const results = await Promise.all([1, 2].map(() => signIn(credentials, FROM, steps(1))));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
  });
  it('is reset by another officer for who lost the device, and removed by who need not have it', async () => {
    const { id, reference } = await person('doctor');
    const staff = await staffOf(reference);
    const { secret } = await data.offerSecondFactor(staff);
    await data.enrolSecondFactor(staff, codeAt(secret, new Date()));
    await expect(data.removeSecondFactor(staff, 'wrong-guess')).rejects.toMatchObject({
      field: 'password',
    });
    await expect(data.offerSecondFactor(staff)).rejects.toMatchObject({ field: 'password' });
    expect(await data.readOwnAccount(staff)).toMatchObject({ secondFactor: 'set' });
    await data.removeSecondFactor(staff, PASSWORD);
    expect(await data.readOwnAccount(staff)).toMatchObject({ secondFactor: 'none' });
    const lost = await person('officer');
    const self = await staffOf(lost.reference);
    const offered = await data.offerSecondFactor(self);
    await data.enrolSecondFactor(self, codeAt(offered.secret, new Date()));
    await expect(
      data.removeSecondFactor(await staffOf(lost.reference), PASSWORD),
    ).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await data.resetSecondFactor(officer, lost.id);
    expect(await staffOf(await enter(lost.username))).toMatchObject({ lacksSecondFactor: true });
    expect(id).not.toBe(lost.id);
  });
});
