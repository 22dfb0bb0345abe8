// Accounts, sessions and throttles, against a database: what ends a session ends it at the next look.
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ObjectId } from 'mongodb';
import { openTestClinic, type TestClinic } from '@/lib/data/testing/clinic';
import { clinicDb } from '@/lib/db/connections';
import { AUDIT_EVENTS, SESSIONS, THROTTLES } from '@/lib/db/names';
import type { Role } from './permissions';
import {
  endSession,
  endSessionsOf,
  findStaff,
  renewSession,
  sessionRemainingMs,
  touchSession,
} from './sessions';
import { signIn } from './sign-in';
import { createUser, users } from './users';

let clinic: TestClinic;
const PASSWORD = 'correct-horse-77';
const MINUTE = 60_000;
// Now: the server removes what expired by its own clock, a counter begun in the past included.
const start = new Date();
const after = (minutes: number): Date => new Date(start.getTime() + minutes * MINUTE);

beforeAll(async () => {
  clinic = await openTestClinic();
  await account('doc', 'doctor');
  await account('desk', 'receptionist');
});
afterAll(() => clinic.close());
beforeEach(async () => {
  await clinicDb().collection(THROTTLES).deleteMany({});
});

async function account(username: string, role: Role): Promise<void> {
  await createUser({ username, name: username, role, password: PASSWORD });
}

async function reference(username: string, now = start): Promise<string> {
  const result = await signIn({ username, password: PASSWORD }, { address: '192.0.2.1' }, now);
  if (!result.ok) throw new Error('Expected a session');
  return result.reference;
}

describe('sign-in', () => {
  it('gives a session whose reference is not in the database', async () => {
    const mine = await reference('doc');
    expect(Buffer.from(mine, 'base64url').length).toBeGreaterThanOrEqual(16);
    expect(await findStaff(mine, start)).toMatchObject({ name: 'doc', role: 'doctor' });
    const rows = await clinicDb().collection(SESSIONS).find().toArray();
    expect(JSON.stringify(rows)).not.toContain(mine);
  });
  it('ignores the case of user names', async () => {
    const result = await signIn(
      { username: ' DOC ', password: PASSWORD },
      { address: '192.0.2.1' },
      start,
    );
    expect(result.ok).toBe(true);
  });
  it.each([
    ['a wrong password', { username: 'doc', password: 'wrong' }],
    ['an unknown user', { username: 'nobody', password: PASSWORD }],
    ['an operator object', { username: { $ne: null }, password: { $ne: null } }],
    ['no password', { username: 'doc', password: '' }],
    ['nothing', undefined],
  ])('refuses %s with the same answer', async (_what, credentials) => {
    const result = await signIn(credentials, { address: '192.0.2.1' }, start);
    expect(result).toEqual({ ok: false, failure: 'invalid' });
  });
  it('refuses a disabled account as if it did not exist', async () => {
    await account('gone', 'doctor');
    await users().updateOne({ username: 'gone' }, { $set: { disabled: true } });
    const result = await signIn(
      { username: 'gone', password: PASSWORD },
      { address: '192.0.2.1' },
      start,
    );
    expect(result).toEqual({ ok: false, failure: 'invalid' });
  });
  it('writes an event for each attempt, without user name or password', async () => {
    await signIn(
      { username: 'somebody-odd', password: 'plum-secret' },
      { address: '192.0.2.1' },
      start,
    );
    const text = JSON.stringify(await clinicDb().collection(AUDIT_EVENTS).find().toArray());
    expect(text).toContain('"sign-in"');
    expect(text).not.toMatch(/somebody-odd|plum-secret|correct-horse/);
  });
});

describe('throttling', () => {
  async function fail(username: string, address: string, times: number): Promise<string[]> {
    const failures: string[] = [];
    for (let time = 0; time < times; time++) {
      const result = await signIn({ username, password: 'wrong' }, { address }, start);
      failures.push(result.ok ? 'ok' : result.failure);
    }
    return failures;
  }
  it.each(['doc', 'nobody'])('locks the account %s after eight failures', async (username) => {
    const failures = await fail(username, '192.0.2.7', 9);
    expect(failures).toEqual([...Array<string>(8).fill('invalid'), 'throttled']);
  });
  it('refuses the right password while locked, from any address, also in a new process', async () => {
    await fail('doc', '192.0.2.7', 8);
    vi.resetModules();
    const fresh = await import('./sign-in');
    const right = { username: 'doc', password: PASSWORD };
    expect(await fresh.signIn(right, { address: '192.0.2.8' }, after(14))).toMatchObject({
      failure: 'throttled',
    });
    expect(await fresh.signIn(right, { address: '192.0.2.8' }, after(15))).toMatchObject({
      ok: true,
    });
  });
  it('locks an address that tries many accounts, and no other', async () => {
    const names = Array.from({ length: 61 }, (_, at) => `guess${at}`);
    const tries = names.map((username) =>
      signIn({ username, password: 'wrong' }, { address: '192.0.2.9' }, start),
    );
    const throttled = (await Promise.all(tries)).filter(
      (result) => !result.ok && result.failure === 'throttled',
    );
    expect(throttled).toHaveLength(1);
    expect(await fail('guess', '192.0.2.10', 1)).toEqual(['invalid']);
  });
  it('does not count successes', async () => {
    for (let time = 0; time < 10; time++) await reference('doc');
    expect(await fail('doc', '192.0.2.1', 1)).toEqual(['invalid']);
  });
});

describe('a session', () => {
  it('ends with sign-out, at once', async () => {
    const mine = await reference('doc');
    await endSession(mine);
    expect(await findStaff(mine, start)).toBeNull();
  });
  it('ends when someone ends all of an account', async () => {
    const [one, two] = [await reference('desk'), await reference('desk')];
    const user = await users().findOne({ username: 'desk' });
    expect(await endSessionsOf(user?._id ?? new ObjectId())).toBeGreaterThanOrEqual(2);
    expect([await findStaff(one, start), await findStaff(two, start)]).toEqual([null, null]);
  });
  it('ends when the account is disabled, and changes its role with the account', async () => {
    await account('mover', 'doctor');
    const mine = await reference('mover');
    await users().updateOne({ username: 'mover' }, { $set: { role: 'receptionist' } });
    expect(await findStaff(mine, start)).toMatchObject({ role: 'receptionist' });
    await users().updateOne({ username: 'mover' }, { $set: { disabled: true } });
    expect(await findStaff(mine, start)).toBeNull();
  });
  it('ends after its role has been idle too long; only what a person does extends it', async () => {
    const desk = await reference('desk');
    expect(await touchSession(desk, after(4))).toBe(5 * MINUTE);
    expect(await findStaff(desk, after(8))).not.toBeNull();
    // The look at minute 8 was a page's, not a person's.
    expect(await findStaff(desk, after(9))).toBeNull();
    expect(await touchSession(desk, after(9))).toBeNull();
    const doc = await reference('doc');
    expect(await sessionRemainingMs(doc, after(14))).toBe(MINUTE);
    expect(await findStaff(doc, after(14))).not.toBeNull();
    expect(await findStaff(doc, after(15))).toBeNull();
  });
  it('goes on under another reference after a step-up, the old one is refused, and its end stays', async () => {
    const before = await reference('doc');
    const renewed = await renewSession(before, after(10));
    if (renewed === null) throw new Error('Expected a session');
    expect(await findStaff(before, after(10))).toBeNull();
    expect(await renewSession(before, after(10))).toBeNull();
    expect(await findStaff(renewed, after(20))).not.toBeNull();
    for (let minutes = 20; minutes < 720; minutes += 10) {
      expect(await touchSession(renewed, after(minutes))).toBeGreaterThan(0);
    }
    expect(await findStaff(renewed, after(720))).toBeNull();
  });
  it('ends after twelve hours, however active', async () => {
    const mine = await reference('doc');
    for (let minutes = 10; minutes < 720; minutes += 10) {
      expect(await touchSession(mine, after(minutes))).toBeGreaterThan(0);
    }
    expect(await touchSession(mine, after(719))).toBe(MINUTE);
    expect(await findStaff(mine, after(720))).toBeNull();
  });
  it('does not exist for a made-up reference', async () => {
    expect(await findStaff('A'.repeat(43), start)).toBeNull();
  });
});
