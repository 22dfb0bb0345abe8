// Outside the care team nothing of a record is read or written; under emergency access it is, for one patient and a while.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ObjectId } from 'mongodb';
import { openTestClinic, registration, type TestClinic } from './testing/clinic';
import type { Staff } from '@/lib/auth/permissions';
import { createUser, users } from '@/lib/auth/users';
import { clinicDb } from '@/lib/db/connections';
import { AUDIT_EVENTS, EMERGENCY_ACCESS } from '@/lib/db/names';
import { measurementSchema } from '@/schemas/measurement';
import { EMERGENCY_MS } from './emergency-access';
import * as data from './index';

const REASON = { reason: 'Found unconscious at the bus stop' };
const beats = measurementSchema.parse({ heartRate: '60' });

let clinic: TestClinic;
let inside: Staff;
let outside: Staff;
let serial = 40;
let id: string;
let otherId: string;

async function doctor(name: string): Promise<Staff> {
  const username = name.toLowerCase();
  await createUser({ username, name, role: 'doctor', password: 'a long enough pass phrase' });
  const userId = (await users().findOne({ username }))?._id.toHexString() ?? '';
  return { userId, name, role: 'doctor', sessionId: `session-of-${username}` };
}

async function register(): Promise<string> {
  return (await data.registerPatient(inside, registration(serial++))).id;
}

const accesses = () => clinicDb().collection(EMERGENCY_ACCESS);
const eventsOf = (staff: Staff) =>
  clinicDb()
    .collection(AUDIT_EVENTS)
    .find({ userId: staff.userId })
    .sort({ time: 1, _id: 1 })
    .project({ _id: 0, action: 1, outcome: 1, purpose: 1, reason: 1 })
    .toArray();

beforeAll(async () => {
  clinic = await openTestClinic();
  [inside, outside] = [await doctor('Ada'), await doctor('Ben')];
  [id, otherId] = [await register(), await register()];
});
afterAll(() => clinic.close());

const OPERATIONS: [string, (staff: Staff, patientId: string) => Promise<unknown>][] = [
  ['reads the record', (staff, patientId) => data.getPatientRecord(staff, patientId)],
  ['reveals the SSN', (staff, patientId) => data.revealSsn(staff, patientId)],
  ['adds a measurement', (staff, patientId) => data.addMeasurement(staff, patientId, beats)],
  [
    'edits insurance',
    (staff, patientId) => data.updateInsurance(staff, patientId, registration(40).insurance),
  ],
  [
    'edits contact data',
    (staff, patientId) => {
      const { name, contact } = registration(40);
      return data.updateContact(staff, patientId, { name, contact });
    },
  ],
  [
    'completes a registration',
    (staff, patientId) => data.completeRegistration(staff, patientId, registration(40)),
  ],
  [
    'adds themself to the team',
    (staff, patientId) => data.addToCareTeam(staff, patientId, staff.userId),
  ],
  ['takes over care', (staff, patientId) => data.takeOverCare(staff, patientId)],
];

describe('a doctor outside the care team', () => {
  it.each(OPERATIONS)('never %s', async (_what, run) => {
    const before = await clinic.raw(id);
    await expect(run(outside, id)).rejects.toMatchObject({ code: 'OUTSIDE_CARE_TEAM' });
    expect(await clinic.raw(id)).toEqual(before);
    expect((await eventsOf(outside)).at(-1)).toMatchObject({ outcome: 'denied' });
  });
  it('is told who is in it, and whose record it is', async () => {
    expect(await data.readCareTeam(outside, id)).toMatchObject({
      standing: 'outside',
      members: [{ name: 'Ada' }],
      subject: { dateOfBirth: registration(40).contact.dateOfBirth },
      colleagues: [],
    });
  });
  it('is told in search results, the member is not', async () => {
    const ids = [new ObjectId(id), new ObjectId()];
    expect([...(await data.outsideCareTeam(outside, ids))]).toEqual([id]);
    expect([...(await data.outsideCareTeam(inside, ids))]).toEqual([]);
    const found = async (staff: Staff) =>
      (await data.searchPatients(staff, { text: registration(40).contact.phone })).patients[0];
    expect(await found(outside)).toMatchObject({ id, outsideCareTeam: true });
    expect(await found(inside)).not.toHaveProperty('outsideCareTeam');
    expect(await found(clinic.staff.receptionist)).not.toHaveProperty('outsideCareTeam');
  });
});

describe('emergency access', () => {
  it('opens one record, no other, with every event marked as emergency treatment', async () => {
    await data.beginEmergencyAccess(outside, id, REASON);
    await expect(data.getPatientRecord(outside, id)).resolves.toMatchObject({ id });
    await expect(data.addMeasurement(outside, id, beats)).resolves.toMatchObject({ heartRate: 60 });
    await expect(data.getPatientRecord(outside, otherId)).rejects.toMatchObject({
      code: 'OUTSIDE_CARE_TEAM',
    });
    expect(await eventsOf(outside)).toEqual(
      expect.arrayContaining([
        { action: 'begin-emergency-access', outcome: 'begun', purpose: 'ETREAT', ...REASON },
        { action: 'begin-emergency-access', outcome: 'ok', purpose: 'ETREAT', ...REASON },
        { action: 'read-record', outcome: 'ok', purpose: 'ETREAT' },
        { action: 'read-record', outcome: 'denied' },
      ]),
    );
    expect(await data.readCareTeam(outside, id)).toMatchObject({ standing: 'emergency' });
    expect([...(await data.outsideCareTeam(outside, [new ObjectId(id)]))]).toEqual([]);
  });
  it('lets nobody join the team', async () => {
    const join = data.addToCareTeam(outside, id, outside.userId);
    await expect(join).rejects.toMatchObject({ code: 'OUTSIDE_CARE_TEAM' });
    await expect(data.takeOverCare(outside, id)).rejects.toMatchObject({
      code: 'OUTSIDE_CARE_TEAM',
    });
  });
  it('asked for again, is not prolonged', async () => {
    const soon = new Date(Date.now() + EMERGENCY_MS / 2);
    const { endsAt } = await data.beginEmergencyAccess(outside, id, REASON, soon);
    expect(endsAt.getTime()).toBeLessThan(soon.getTime() + EMERGENCY_MS / 2);
    expect(await accesses().countDocuments({ running: true })).toBe(1);
  });
  it('ends at the next request when the doctor ends it', async () => {
    await data.endEmergencyAccess(outside, id);
    await expect(data.getPatientRecord(outside, id)).rejects.toMatchObject({
      code: 'OUTSIDE_CARE_TEAM',
    });
  });
  it('ends at the next request when its time is over, with a stop event', async () => {
    const earlier = new Date(Date.now() - EMERGENCY_MS);
    await data.beginEmergencyAccess(outside, otherId, REASON, earlier);
    await expect(data.getPatientRecord(outside, otherId)).rejects.toMatchObject({
      code: 'OUTSIDE_CARE_TEAM',
    });
    const events = await eventsOf(outside);
    expect(events.filter(({ reason }) => reason === 'Time ran out')).toEqual([
      expect.objectContaining({ action: 'end-emergency-access', purpose: 'ETREAT' }),
    ]);
  });
  it('does not begin without its event', async () => {
    const before = await accesses().countDocuments();
    const validator = { $jsonSchema: { required: ['neverThere'] } };
    await clinicDb().command({ collMod: AUDIT_EVENTS, validator, validationLevel: 'strict' });
    try {
      await expect(data.beginEmergencyAccess(outside, otherId, REASON)).rejects.toThrow();
    } finally {
      await clinicDb().command({ collMod: AUDIT_EVENTS, validator: {} });
    }
    expect(await accesses().countDocuments()).toBe(before);
  });
  it('is granted once to two requests at once', async () => {
    const both = [1, 2].map(() => data.beginEmergencyAccess(outside, otherId, REASON));
    await Promise.all(both);
    expect(await accesses().countDocuments({ running: true })).toBe(1);
  });
  it('is for who needs it: no member, no receptionist, no patient who is not there', async () => {
    const begin = (staff: Staff, patientId: string) =>
      data.beginEmergencyAccess(staff, patientId, REASON);
    await expect(begin(inside, id)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(begin(clinic.staff.receptionist, id)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(begin(outside, new ObjectId().toHexString())).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('the review', () => {
  const queue = () => data.listEmergencyAccesses(clinic.staff.officer);
  const review = (staff: Staff, accessId: string) =>
    data.reviewEmergencyAccess(staff, { id: accessId, verdict: 'justified', note: '' });

  it('shows the reason, what was done and the record number, and no patient', async () => {
    const { awaiting } = await queue();
    const access = awaiting.find(({ patientId }) => patientId === id);
    expect(access).toMatchObject({ doctor: 'Ben', endedBy: 'doctor', ...REASON });
    expect(access?.uses).toEqual(
      expect.arrayContaining([
        { action: 'read-record', times: 1 },
        { action: 'add-visit', times: 1 },
      ]),
    );
    expect(JSON.stringify(awaiting)).not.toContain(registration(40).name);
  });
  it('waits for the end of the access, which an officer may bring about', async () => {
    const running = (await queue()).awaiting.find(({ endedAt }) => endedAt === null);
    const accessId = running?.id ?? '';
    await expect(review(clinic.staff.officer, accessId)).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await data.stopEmergencyAccess(clinic.staff.officer, accessId);
    await expect(data.getPatientRecord(outside, otherId)).rejects.toMatchObject({
      code: 'OUTSIDE_CARE_TEAM',
    });
  });
  it('is closed once, by somebody else', async () => {
    const accessId = (await queue()).awaiting[0]?.id ?? '';
    const turnedOfficer: Staff = { ...outside, role: 'officer' };
    await expect(review(outside, accessId)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(review(turnedOfficer, accessId)).rejects.toMatchObject({ code: 'CONFLICT' });
    await review(clinic.staff.officer, accessId);
    await expect(review(clinic.staff.officer, accessId)).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    const { awaiting, reviewed } = await queue();
    expect(awaiting.map((access) => access.id)).not.toContain(accessId);
    expect(reviewed[0]).toMatchObject({ id: accessId, review: { verdict: 'justified' } });
  });
});

describe('a care team', () => {
  it('is founded once by who takes over an open record', async () => {
    const { name, contact } = registration(serial++);
    const begun = await data.registerContact(clinic.staff.receptionist, {
      ...{ name, contact, provider: 'MaestCare' },
    });
    expect(await data.readCareTeam(outside, begun.id)).toMatchObject({ standing: 'open' });
    await data.takeOverCare(outside, begun.id);
    await expect(data.takeOverCare(inside, begun.id)).rejects.toMatchObject({
      code: 'OUTSIDE_CARE_TEAM',
    });
  });
  it('is founded by who completes a registration', async () => {
    const full = registration(serial++);
    const { name, contact } = full;
    const begun = await data.registerContact(clinic.staff.receptionist, {
      ...{ name, contact, provider: 'MaestCare' },
    });
    await data.completeRegistration(inside, begun.id, full);
    await expect(data.getPatientRecord(outside, begun.id)).rejects.toMatchObject({
      code: 'OUTSIDE_CARE_TEAM',
    });
  });
  it('lets members add doctors, nobody else, and take them out again', async () => {
    const patientId = await register();
    await data.addToCareTeam(inside, patientId, outside.userId);
    await data.addToCareTeam(inside, patientId, outside.userId);
    const { members, colleagues } = await data.readCareTeam(outside, patientId);
    expect(members.map(({ name }) => name)).toEqual(['Ada', 'Ben']);
    expect(colleagues).toEqual([]);
    const stranger = clinic.staff.receptionist.userId;
    await expect(data.addToCareTeam(inside, patientId, stranger)).rejects.toMatchObject({
      code: 'INVALID',
    });
    await data.removeFromCareTeam(outside, patientId, inside.userId);
    await expect(data.getPatientRecord(inside, patientId)).rejects.toMatchObject({
      code: 'OUTSIDE_CARE_TEAM',
    });
  });
  it('keeps its last member', async () => {
    const patientId = await register();
    await expect(data.removeFromCareTeam(inside, patientId, inside.userId)).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await expect(data.getPatientRecord(outside, patientId)).rejects.toMatchObject({
      code: 'OUTSIDE_CARE_TEAM',
    });
  });
  it('without an active doctor is joined under emergency access only', async () => {
    const gone = await doctor('Cleo');
    const { id: patientId } = await data.registerPatient(gone, registration(serial++));
    await users().updateOne({ _id: new ObjectId(gone.userId) }, { $set: { disabled: true } });
    await expect(data.takeOverCare(outside, patientId)).rejects.toMatchObject({
      code: 'OUTSIDE_CARE_TEAM',
    });
    await data.beginEmergencyAccess(outside, patientId, REASON);
    await data.takeOverCare(outside, patientId);
    expect(await data.readCareTeam(outside, patientId)).toMatchObject({ standing: 'member' });
  });
  it('is not left behind by a registration that was refused', async () => {
    const before = await clinicDb().collection('careTeams').countDocuments();
    const twin = { ...registration(serial++), ssn: registration(40).ssn };
    await expect(data.registerPatient(inside, twin)).rejects.toMatchObject({
      code: 'DUPLICATE_SSN',
    });
    expect(await clinicDb().collection('careTeams').countDocuments()).toBe(before);
  });
});
