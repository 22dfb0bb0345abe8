// For each "can" of one role the others' "cannot", at the door to the data: no page, no proxy in between.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ObjectId } from 'mongodb';
import { openTestClinic, registration, type TestClinic } from './testing/clinic';
import type { Role, Staff } from '@/lib/auth/permissions';
import { clinicDb } from '@/lib/db/connections';
import { patientPseudonym } from '@/lib/audit/pseudonyms';
import { AUDIT_EVENTS } from '@/lib/db/names';
import { measurementSchema } from '@/schemas/measurement';
import * as data from './index';

let clinic: TestClinic;
let id: string;
let begun: string;
const full = registration(12);

beforeAll(async () => {
  clinic = await openTestClinic();
  ({ id } = await data.registerPatient(clinic.staff.doctor, full));
  const { name, contact } = registration(13);
  const provider = 'MaestCare';
  begun = (await data.registerContact(clinic.staff.receptionist, { name, contact, provider })).id;
});
afterAll(() => clinic.close());

const { name, contact, insurance } = full;
const claims = { dateOfBirth: contact.dateOfBirth, phone: contact.phone, last4: '0012' };
const OPERATIONS: [string, Role[], (staff: Staff) => Promise<unknown>][] = [
  [
    'searches',
    ['doctor', 'receptionist'],
    (staff) => data.searchPatients(staff, { text: 'agata' }),
  ],
  ['reads a record', ['doctor'], (staff) => data.getPatientRecord(staff, id)],
  ['reveals an SSN', ['doctor'], (staff) => data.revealSsn(staff, id)],
  ['registers a patient', ['doctor'], (staff) => data.registerPatient(staff, registration(14))],
  [
    'completes a registration',
    ['doctor'],
    (staff) => data.completeRegistration(staff, begun, registration(13)),
  ],
  [
    'adds a measurement',
    ['doctor'],
    (staff) => data.addMeasurement(staff, id, measurementSchema.parse({ heartRate: '60' })),
  ],
  ['edits insurance', ['doctor'], (staff) => data.updateInsurance(staff, id, insurance)],
  [
    'edits contact data',
    ['doctor', 'receptionist'],
    (staff) => data.updateContact(staff, id, { name, contact }),
  ],
  ['reads a card', ['receptionist'], (staff) => data.getPatientCard(staff, id)],
  [
    'verifies an identity',
    ['receptionist'],
    (staff) => data.verifyIdentity(staff, id, { ...claims, email: undefined, address: undefined }),
  ],
  [
    'registers contact data',
    ['receptionist'],
    (staff) => data.registerContact(staff, { name, contact, provider: 'MaestCare' }),
  ],
];
const ROLES: Role[] = ['doctor', 'receptionist', 'officer'];
const allowed = OPERATIONS.flatMap(([what, roles, run]) =>
  roles.map((role) => [role, what, run] as const),
);
const refused = OPERATIONS.flatMap(([what, roles, run]) =>
  ROLES.filter((role) => !roles.includes(role)).map((role) => [role, what, run] as const),
);

describe('roles', () => {
  it.each(refused)('a %s never %s', async (role, _what, run) => {
    const before = await clinic.raw(id);
    await expect(run(clinic.staff[role])).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await clinic.raw(id)).toEqual(before);
    const last = await clinicDb()
      .collection(AUDIT_EVENTS)
      .findOne({ userId: clinic.staff[role].userId }, { sort: { time: -1, _id: -1 } });
    expect(last?.['outcome']).toBe('denied');
  });
  it.each(allowed)('a %s %s', async (role, _what, run) => {
    await expect(run(clinic.staff[role])).resolves.not.toBeNull();
  });
});

describe('search', () => {
  const search = async (role: Role, text: string, by?: 'policy') => {
    const input = by === undefined ? { text } : { text, by };
    const found = await data.searchPatients(clinic.staff[role], input);
    return found.patients.map((patient) => patient.id);
  };
  it.each(['900-01-0012', '900010012', '900 01 0012'])(
    'a doctor finds by the SSN %s',
    async (text) => {
      expect(await search('doctor', text)).toEqual([id]);
    },
  );
  it('a receptionist finds nothing by the full SSN', async () => {
    expect(await search('receptionist', full.ssn)).toEqual([]);
  });
  it('a doctor finds by policy number, a receptionist finds nothing by it', async () => {
    expect(await search('doctor', insurance.policyNumber, 'policy')).toEqual([id]);
    expect(await search('receptionist', insurance.policyNumber, 'policy')).toEqual([]);
  });
  it.each(['doctor', 'receptionist'] as const)(
    'a %s finds by name, phone, last four',
    async (role) => {
      for (const text of ['agata oneill c', "O'NEILL, Ágata", contact.phone, '0012']) {
        expect(await search(role, text)).toContain(id);
      }
    },
  );
  it.each(['doctor', 'receptionist'] as const)('a %s gets no sensitive value', async (role) => {
    const results = await data.searchPatients(clinic.staff[role], { text: '0012' });
    const text = JSON.stringify(results.patients);
    expect(text).not.toContain(full.ssn);
    expect(text).not.toContain(insurance.policyNumber);
    expect(Object.keys(results.patients[0] ?? {}).sort()).toEqual([
      'complete',
      'dateOfBirth',
      'erased',
      'id',
      'insuranceProvider',
      'last4ssn',
      'name',
      'phone',
    ]);
  });
  it('text is never a pattern', async () => {
    await expect(search('doctor', '.*')).rejects.toMatchObject({ code: 'INVALID', field: 'text' });
    expect(await search('doctor', 'ag.*ta')).toEqual([]);
  });
});

describe('records', () => {
  it('a second patient with the same SSN is refused, and leaves no data key behind', async () => {
    const vault = clinic.plain.db(`${process.env['MEDCO_DATABASE_PREFIX'] ?? ''}encryption`);
    const keys = await vault.collection('__keyVault').countDocuments();
    const twin = { ...registration(15), ssn: full.ssn };
    await expect(data.registerPatient(clinic.staff.doctor, twin)).rejects.toMatchObject({
      code: 'DUPLICATE_SSN',
      field: 'ssn',
    });
    expect(await vault.collection('__keyVault').countDocuments()).toBe(keys);
  });
  it('a real SSN is refused in demo mode, whatever the form let through', async () => {
    const real = { ...registration(16), ssn: '123456789' };
    await expect(data.registerPatient(clinic.staff.doctor, real)).rejects.toMatchObject({
      code: 'INVALID',
      field: 'ssn',
    });
  });
  it.each([
    ['an unknown id', new ObjectId().toHexString()],
    ['nonsense', '../1'],
    ['upper case', 'A'.repeat(24)],
  ])('%s is not found', async (_what, unknown) => {
    await expect(data.getPatientRecord(clinic.staff.doctor, unknown)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
  it('a card holds nothing of the record', async () => {
    const card = await data.getPatientCard(clinic.staff.receptionist, id);
    expect(Object.keys(card).sort()).toEqual([
      'complete',
      'contact',
      'erased',
      'id',
      'insuranceProvider',
      'name',
    ]);
  });
});

describe('audit', () => {
  it('holds field names and ids, never a value', async () => {
    const events = await clinicDb().collection(AUDIT_EVENTS).find().toArray();
    const text = JSON.stringify(events);
    const values = [
      full.ssn,
      '900-01-0012',
      insurance.policyNumber,
      contact.phone,
      name,
      'agata',
      full.bloodType,
    ];
    expect(events.length).toBeGreaterThan(20);
    expect(values.filter((value) => text.toLowerCase().includes(value.toLowerCase()))).toEqual([]);
    expect(text).not.toContain(id);
    expect(text).toContain(patientPseudonym(id));
  });
  it('withholds the answer when it cannot be written', async () => {
    const { clinic: database } = { clinic: clinicDb() };
    const validator = { $jsonSchema: { required: ['neverThere'] } };
    await database.command({ collMod: AUDIT_EVENTS, validator, validationLevel: 'strict' });
    try {
      await expect(data.getPatientRecord(clinic.staff.doctor, id)).rejects.toThrow();
    } finally {
      await database.command({ collMod: AUDIT_EVENTS, validator: {} });
    }
    await expect(data.getPatientRecord(clinic.staff.doctor, id)).resolves.toMatchObject({ id });
  });
});
