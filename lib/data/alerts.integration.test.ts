// Alerts: what is added, what ends, what is refused, and that nobody's is lost when several write at once.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ObjectId } from 'mongodb';
import { currentNames } from '@/lib/db/connections';
import { patientPseudonym } from '@/lib/audit/pseudonyms';
import { AUDIT_EVENTS, PATIENTS } from '@/lib/db/names';
import { measurementSchema } from '@/schemas/measurement';
import { MOST_ALERTS } from '@/schemas/alert';
import * as data from './index';
import { openTestClinic, registration, type TestClinic } from './testing/clinic';

let clinic: TestClinic;
let id: string;
let serial = 0;
const beat = measurementSchema.parse({ heartRate: '60' });
const latex = { kind: 'allergy', text: 'Latex' } as const;

beforeAll(async () => {
  clinic = await openTestClinic();
});
beforeEach(async () => {
  ({ id } = await data.registerPatient(clinic.staff.doctor, registration(++serial)));
});
afterAll(() => clinic.close());

const add = (text: string) => data.addAlert(clinic.staff.doctor, id, { kind: 'warning', text });

async function alerts() {
  const record = await data.getPatientRecord(clinic.staff.doctor, id);
  return record.alerts?.state === 'clear' ? record.alerts.value : record.alerts;
}

describe('alerts', () => {
  it('are null until somebody has added one', async () => {
    expect(await alerts()).toBeNull();
    const { id: doctor, name } = { ...clinic.staff.doctor, id: clinic.staff.doctor.userId };
    const alert = await data.addAlert(clinic.staff.doctor, id, latex);
    expect(alert).toMatchObject({ ...latex, added: { by: { id: doctor, name } } });
    expect(await alerts()).toEqual([alert]);
  });

  it('end with who and why, and stay in the list', async () => {
    const alert = await data.addAlert(clinic.staff.doctor, id, latex);
    const input = { alertId: alert.id, reason: 'Test was negative' };
    await data.endAlert(clinic.staff.doctor, id, input);
    const { name } = clinic.staff.doctor;
    expect(await alerts()).toMatchObject([
      { ...latex, ended: { reason: 'Test was negative', by: { name } } },
    ]);
    const again = data.endAlert(clinic.staff.doctor, id, input);
    await expect(again).rejects.toMatchObject({ code: 'CONFLICT' });
    const unknown = { ...input, alertId: crypto.randomUUID() };
    await expect(data.endAlert(clinic.staff.doctor, id, unknown)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('cannot be there twice, but again after the first one has ended', async () => {
    const alert = await data.addAlert(clinic.staff.doctor, id, latex);
    const twin = { kind: 'allergy', text: 'LÁTEX' } as const;
    await expect(data.addAlert(clinic.staff.doctor, id, twin)).rejects.toMatchObject({
      code: 'INVALID',
      field: 'text',
    });
    const input = { alertId: alert.id, reason: 'Entered for somebody else' };
    await data.endAlert(clinic.staff.doctor, id, input);
    await data.addAlert(clinic.staff.doctor, id, twin);
    expect(await alerts()).toHaveLength(2);
  });

  it('say that there are no known allergies, until there is one', async () => {
    const none = { kind: 'no-known-allergies', text: '' } as const;
    await data.addAlert(clinic.staff.doctor, id, none);
    await data.addAlert(clinic.staff.doctor, id, latex);
    expect(await alerts()).toMatchObject([{ ...none, ended: { reason: 'Latex' } }, latex]);
    await expect(data.addAlert(clinic.staff.doctor, id, none)).rejects.toMatchObject({
      code: 'INVALID',
    });
  });

  it('are not more than can be read', async () => {
    for (let at = 0; at < MOST_ALERTS; at += 1) await add(`Warning ${at}`);
    await expect(add('One more')).rejects.toMatchObject({ code: 'INVALID' });
  });

  it('are not lost, nor are visits, when many write at once', async () => {
    await Promise.all(
      Array.from({ length: 10 }, (_, at) => [
        add(`Warning ${at}`),
        data.addMeasurement(clinic.staff.doctor, id, beat),
      ]).flat(),
    );
    expect(await alerts()).toHaveLength(10);
    const { visits } = await data.getPatientRecord(clinic.staff.doctor, id);
    expect(visits.state === 'clear' ? visits.value : []).toHaveLength(10);
  });

  it('leave the text out of the audit log, and name the field', async () => {
    await add('Easily frightened');
    const events = clinic.plain.db(currentNames().clinic).collection(AUDIT_EVENTS);
    const event = await events.findOne({ action: 'update-alerts', patients: patientPseudonym(id) });
    expect(event).toMatchObject({ fields: ['alerts'], outcome: 'ok' });
    expect(JSON.stringify(await events.find().toArray())).not.toContain('frightened');
  });

  it.each(['receptionist', 'officer'] as const)('are not for a %s', async (role) => {
    const added = data.addAlert(clinic.staff[role], id, latex);
    await expect(added).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await clinic.raw(id)).not.toHaveProperty('alerts');
  });

  it('wait for the registration to be complete', async () => {
    const { name, contact, insurance } = registration(++serial);
    const { provider } = insurance;
    const begun = { name, contact, provider };
    ({ id } = await data.registerContact(clinic.staff.receptionist, begun));
    await expect(add('Too early')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await clinic.raw(id)).not.toHaveProperty('alerts');
  });

  it('are erased with the record', async () => {
    await data.addAlert(clinic.staff.doctor, id, latex);
    await clinic.plain
      .db(currentNames().patients)
      .collection(PATIENTS)
      .updateOne({ _id: new ObjectId(id) }, { $set: { erasedAt: new Date() } });
    expect(await alerts()).toEqual({ state: 'erased' });
    await expect(add('Too late')).rejects.toMatchObject({ code: 'ERASED' });
  });
});
