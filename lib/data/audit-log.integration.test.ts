import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as data from '@/lib/data';
import type { Staff } from '@/lib/auth/permissions';
import { createUser, users } from '@/lib/auth/users';
import { openTestClinic, registration, type TestClinic } from './testing/clinic';

let clinic: TestClinic;
let doctor: Staff;
let officer: Staff;
let id: string;

async function member(username: string, role: 'doctor' | 'officer'): Promise<Staff> {
  const name = `Test ${username}`;
  await createUser({ username, name, role, password: 'a long enough pass phrase' });
  const userId = (await users().findOne({ username }))?._id.toHexString() ?? '';
  return { userId, name, role, sessionId: `session-of-${username}` };
}

beforeAll(async () => {
  clinic = await openTestClinic();
  [doctor, officer] = [await member('ada', 'doctor'), await member('olga', 'officer')];
  ({ id } = await data.registerPatient(doctor, registration(1)));
  await data.getPatientRecord(doctor, id);
  await data.searchPatients(doctor, { text: '900-01-0001' });
  await data.searchPatients(clinic.staff.receptionist, { text: '0001' });
});
afterAll(() => clinic.close());

describe('an officer', () => {
  it('finds the events of a person and of a record, newest first, with names and fields', async () => {
    const { events, next } = await data.readAuditLog(officer, { user: 'ADA', patientId: id }, null);
    expect(next).toBeNull();
    expect(events.map(({ action }) => action)).toEqual([
      ...['search', 'read-record', 'register-patient'],
    ]);
    expect(events[1]).toMatchObject({
      user: { name: 'Test ada', username: 'ada' },
      outcome: 'ok',
      role: 'doctor',
    });
    expect(events[1]?.fields).toContain('bloodType');
  });
  it('finds nothing for a user name that is nobody’s', async () => {
    const { events } = await data.readAuditLog(officer, { user: 'nobody' }, null);
    expect(events).toEqual([]);
  });
  it('filters by action, outcome and time', async () => {
    const search = await data.readAuditLog(officer, { action: 'search', outcome: 'ok' }, null);
    expect(search.events).toHaveLength(2);
    const until = new Date(Date.now() - 3_600_000);
    expect((await data.readAuditLog(officer, { until }, null)).events).toEqual([]);
    expect((await data.readAuditLog(officer, { from: until }, null)).events.length).toBeGreaterThan(
      4,
    );
  });
  it('pages without losing or repeating an event', async () => {
    for (let at = 0; at < 60; at += 1) {
      await data.searchPatients(doctor, { text: 'Nobody At All' });
    }
    const filter = { user: 'ada' };
    const first = await data.readAuditLog(officer, filter, null);
    expect(first.events).toHaveLength(50);
    const second = await data.readAuditLog(officer, filter, first.next);
    expect(second.next).toBeNull();
    const positions = [...first.events, ...second.events].map(({ seq }) => seq);
    expect(positions).toHaveLength(63);
    expect(positions).toEqual([...new Set(positions)].sort((a, b) => b - a));
  });
  it('learns who searched a number, however it was written', async () => {
    const found = await data.whoSearched(officer, { kind: 'ssn', text: '900 01 0001' });
    expect(found.map(({ user }) => user?.username)).toEqual(['ada']);
    const none = await data.whoSearched(officer, { kind: 'ssn', text: '900010002' });
    expect(none).toEqual([]);
    const desk = await data.whoSearched(officer, { kind: 'last4', text: '0001' });
    expect(desk.map(({ role }) => role)).toEqual(['receptionist']);
  });
  it('takes the events out as a whole, and both reading and taking out are events', async () => {
    const { events, whole } = await data.exportAuditLog(officer, { user: 'olga' });
    expect(whole).toBe(true);
    expect(events.map(({ action }) => action)).toContain('read-audit');
    const again = await data.readAuditLog(officer, { action: 'export-audit' }, null);
    expect(again.events).toMatchObject([{ user: { username: 'olga' }, outcome: 'ok' }]);
  });
  it('sees the access history of a record', async () => {
    const { events } = await data.readAccessHistory(officer, id, null);
    expect(events.at(-1)).toMatchObject({ action: 'register-patient', user: { name: 'Test ada' } });
  });
});

describe('nobody else', () => {
  it.each(['doctor', 'receptionist'] as const)('a %s reads or exports the log', async (role) => {
    const staff = clinic.staff[role];
    const refused = { code: 'FORBIDDEN' };
    await expect(data.readAuditLog(staff, {}, null)).rejects.toMatchObject(refused);
    await expect(data.exportAuditLog(staff, {})).rejects.toMatchObject(refused);
    const ask = { kind: 'ssn', text: '900010001' } as const;
    await expect(data.whoSearched(staff, ask)).rejects.toMatchObject(refused);
  });
  it('sees a record’s access history: neither the desk nor a doctor outside its care team', async () => {
    const { receptionist } = clinic.staff;
    await expect(data.readAccessHistory(receptionist, id, null)).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    await expect(data.readAccessHistory(clinic.staff.doctor, id, null)).rejects.toMatchObject({
      code: 'OUTSIDE_CARE_TEAM',
    });
    expect((await data.readAccessHistory(doctor, id, null)).events.length).toBeGreaterThan(2);
  });
});
