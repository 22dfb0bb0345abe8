// Unsaved entries: they come back to the doctor who typed them and to nobody else, are never readable in the database, and
// go with the visit, with the record and with nothing else.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BSON, ObjectId } from 'mongodb';
import { currentNames, keyVault } from '@/lib/db/connections';
import { AUDIT_EVENTS, CARE_TEAMS } from '@/lib/db/names';
import { vitalsDrafts } from '@/lib/db/vitals-drafts';
import { erasePatient, retirePatientKey } from '@/lib/keys/operations';
import { measurementSchema } from '@/schemas/measurement';
import type { VitalsDraft } from '@/schemas/vitals-draft';
import {
  addMeasurement,
  discardDraft,
  getPatientRecord,
  readDraft,
  registerContact,
  registerPatient,
  saveDraft,
} from './index';
import { openTestClinic, registration, type TestClinic } from './testing/clinic';

const CANARY = 'quokka-7731 said it hurts';

let clinic: TestClinic;
let backupDir: string;
let serial = 0;

beforeAll(async () => {
  process.env['KEY_EXPIRATION_MS'] = '1';
  clinic = await openTestClinic();
  backupDir = mkdtempSync(join(tmpdir(), 'medco-backups-'));
});
afterAll(async () => {
  await clinic.close();
  rmSync(backupDir, { recursive: true, force: true });
});

const newPatient = async (): Promise<string> =>
  (await registerPatient(clinic.staff.doctor, registration(++serial))).id;
const draft = (values: VitalsDraft['values'] = { heartRate: '7', note: CANARY }): VitalsDraft => ({
  ...{ entryKey: randomUUID(), units: 'us', values },
});
const quiet = { startedBy: null, onProgress: () => undefined };
const stored = (id: string) => vitalsDrafts().findOne({ '_id.patientId': new ObjectId(id) });
const there = <T>(found: T | null): T => {
  if (found === null) throw new Error('Expected a draft, got none');
  return found;
};

describe('a draft', () => {
  it('comes back as it was typed, half a number and all', async () => {
    const id = await newPatient();
    const typed = draft({ weightKg: '154.', systolic: '12', note: CANARY });
    await saveDraft(clinic.staff.doctor, id, draft());
    await saveDraft(clinic.staff.doctor, id, typed);
    const { begunAt, ...read } = (await readDraft(clinic.staff.doctor, id)) ?? {};
    expect(read).toEqual(typed);
    expect(Date.now() - Number(begunAt)).toBeLessThan(60_000);
  });

  it('keeps the time of its first copy', async () => {
    const id = await newPatient();
    const typed = draft();
    await saveDraft(clinic.staff.doctor, id, typed);
    const first = await readDraft(clinic.staff.doctor, id);
    await saveDraft(clinic.staff.doctor, id, { ...typed, values: { heartRate: '72' } });
    expect(await readDraft(clinic.staff.doctor, id)).toEqual({
      ...{ ...typed, values: { heartRate: '72' }, begunAt: first?.begunAt },
    });
  });

  it('is no other doctor’s, and none of another patient', async () => {
    const [id, other] = [await newPatient(), await newPatient()];
    await saveDraft(clinic.staff.doctor, id, draft());
    const colleague = { ...clinic.staff.doctor, userId: new ObjectId().toHexString() };
    expect(await readDraft(clinic.staff.doctor, other)).toBeNull();
    // Without a care team a record is open to every doctor.
    const teams = clinic.plain.db(currentNames().clinic).collection(CARE_TEAMS);
    await teams.deleteOne({ _id: new ObjectId(id) });
    await vitalsDrafts().insertOne({
      ...there(await stored(id)),
      _id: { patientId: new ObjectId(id), userId: colleague.userId },
    });
    expect(await readDraft(colleague, id)).toBeNull();
    expect(await readDraft(clinic.staff.doctor, id)).not.toBeNull();
  });

  it('is sealed: neither database nor audit log hold a word or a number of it', async () => {
    const id = await newPatient();
    await saveDraft(clinic.staff.doctor, id, draft({ heartRate: '7731', note: CANARY }));
    const row = there(await stored(id));
    expect(row.sealed).toMatchObject({ sub_type: BSON.Binary.SUBTYPE_ENCRYPTED });
    expect(Buffer.from(BSON.serialize(row)).includes('7731')).toBe(false);
    expect(Object.keys(row).toSorted()).toEqual([
      ...['_id', 'begunAt', 'entryKey', 'keyAltName', 'savedAt', 'sealed'],
    ]);
    const events = await clinic.plain
      .db(currentNames().clinic)
      .collection(AUDIT_EVENTS)
      .find({ action: 'save-draft' })
      .toArray();
    expect(events.length).toBeGreaterThan(0);
    expect(JSON.stringify(events)).not.toMatch(/quokka|7731/);
  });

  it('is none once it is empty, discarded or saved', async () => {
    const id = await newPatient();
    const { doctor } = clinic.staff;
    for (const end of [
      (typed: VitalsDraft) => saveDraft(doctor, id, { ...typed, values: { note: ' ' } }),
      (typed: VitalsDraft) => discardDraft(doctor, id, typed.entryKey),
      (typed: VitalsDraft) => addMeasurement(doctor, id, beat, typed),
    ]) {
      const typed = draft();
      await saveDraft(doctor, id, typed);
      await end(typed);
      expect(await stored(id)).toBeNull();
    }
  });

  it('that arrives after its visit was saved is not brought back', async () => {
    const id = await newPatient();
    const late = draft();
    await addMeasurement(clinic.staff.doctor, id, beat, late);
    await saveDraft(clinic.staff.doctor, id, late);
    expect(await readDraft(clinic.staff.doctor, id)).toBeNull();
    expect(await stored(id)).toBeNull();
  });

  it('stays when another entry is saved or discarded', async () => {
    const id = await newPatient();
    const typed = draft();
    await saveDraft(clinic.staff.doctor, id, typed);
    await discardDraft(clinic.staff.doctor, id, randomUUID());
    await addMeasurement(clinic.staff.doctor, id, beat);
    expect(await readDraft(clinic.staff.doctor, id)).toMatchObject(typed);
  });

  it('is refused for the front desk, and before the registration is complete', async () => {
    const { receptionist, doctor } = clinic.staff;
    const { name, contact, insurance } = registration(++serial);
    const begun = { name, contact, provider: insurance.provider };
    const { id } = await registerContact(receptionist, begun);
    const atDesk = saveDraft(receptionist, id, draft());
    await expect(atDesk).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(saveDraft(doctor, id, draft())).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await stored(id)).toBeNull();
  });

  it('with a flipped byte is not shown, and the chart is', async () => {
    const id = await newPatient();
    await saveDraft(clinic.staff.doctor, id, draft());
    const { _id, sealed } = there(await stored(id));
    const bytes = Buffer.from(sealed.value());
    bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40);
    await vitalsDrafts().updateOne({ _id }, { $set: { sealed: new BSON.Binary(bytes, 6) } });
    expect(await readDraft(clinic.staff.doctor, id)).toBeNull();
  });
});

const beat = measurementSchema.parse({ heartRate: '60' });

describe('a visit from a draft', () => {
  it('was measured when the draft was begun, if the doctor says so, and stands in that place', async () => {
    const id = await newPatient();
    const { doctor } = clinic.staff;
    const typed = draft();
    await saveDraft(doctor, id, typed);
    const { begunAt } = there(await readDraft(doctor, id));
    const later = await addMeasurement(doctor, id, beat);
    const entry = { entryKey: typed.entryKey, measuredThen: true };
    const then = await addMeasurement(doctor, id, beat, entry);
    expect(then.measuredAt).toEqual(begunAt);
    const { visits } = await getPatientRecord(doctor, id);
    expect(visits).toMatchObject({ value: [{ id: later.id }, { id: then.id }] });
    const again = await addMeasurement(doctor, id, beat, entry);
    expect(again).toEqual(then);
  });
});

describe('the keys of a draft', () => {
  it('may be retired: it is sealed anew before the old key goes', async () => {
    const id = await newPatient();
    const typed = draft();
    await saveDraft(clinic.staff.doctor, id, typed);
    const before = there(await stored(id));
    await retirePatientKey({ ...quiet, backupDir, keyAltName: before.keyAltName });
    const after = there(await stored(id));
    expect(after.keyAltName).not.toBe(before.keyAltName);
    expect(await keyVault().countDocuments({ keyAltNames: before.keyAltName })).toBe(0);
    expect(await readDraft(clinic.staff.doctor, id)).toMatchObject(typed);
  });

  it('are erased with the record, and the draft too; nobody else’s', async () => {
    const [id, other] = [await newPatient(), await newPatient()];
    await saveDraft(clinic.staff.doctor, id, draft());
    await saveDraft(clinic.staff.doctor, other, draft());
    await erasePatient({ ...quiet, backupDir, patientId: id });
    expect(await stored(id)).toBeNull();
    expect(await readDraft(clinic.staff.doctor, id)).toBeNull();
    const late = saveDraft(clinic.staff.doctor, id, draft());
    await expect(late).rejects.toMatchObject({ code: 'ERASED' });
    expect(await stored(id)).toBeNull();
    expect(await readDraft(clinic.staff.doctor, other)).not.toBeNull();
  });
});
