// Records from before there were digests, as a database of an earlier version holds them.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Binary, ObjectId } from 'mongodb';
import { currentNames } from '@/lib/db/connections';
import { AUDIT_EVENTS, PATIENTS } from '@/lib/db/names';
import { measurementSchema } from '@/schemas/measurement';
import * as data from './index';
import { areRecordsSealed } from './integrity-witness';
import { sealRecords } from './seal-records';
import { openTestClinic, registration, type TestClinic } from './testing/clinic';
import { wholeRecord } from './testing/whole-record';

let clinic: TestClinic;
const patients = () => clinic.plain.db(currentNames().patients).collection(PATIENTS);

beforeAll(async () => {
  clinic = await openTestClinic();
});
afterAll(() => clinic.close());

it('get their digests once, stay readable meanwhile, and must have them from then on', async () => {
  const { doctor } = clinic.staff;
  const { id: first } = await data.registerPatient(doctor, registration(1));
  const { id: second } = await data.registerPatient(doctor, registration(2));
  const { id: damaged } = await data.registerPatient(doctor, registration(3));
  const { bloodType } = await clinic.raw(second);
  await clinic.plain.db(currentNames().clinic).collection(AUDIT_EVENTS).drop();
  await patients().updateMany({}, { $unset: { integrity: '' } });
  await patients().updateOne(
    { _id: new ObjectId(damaged) },
    { $set: { bloodType: cut(bloodType) } },
  );

  await wholeRecord(doctor, first);
  const beat = measurementSchema.parse({ heartRate: '66' });
  await data.addMeasurement(doctor, first, beat);
  expect((await clinic.raw(first))['integrity']).toBeInstanceOf(Binary);

  expect(await areRecordsSealed()).toBe(false);
  expect(await sealRecords()).toEqual({ sealed: 1, unreadable: 1 });
  expect(await areRecordsSealed()).toBe(true);
  expect(await sealRecords()).toEqual({ sealed: 0, unreadable: 0 });
  await wholeRecord(doctor, first);
  await wholeRecord(doctor, second);

  await patients().updateOne({ _id: new ObjectId(second) }, { $unset: { integrity: '' } });
  const read = data.getPatientRecord(doctor, second);
  await expect(read).rejects.toMatchObject({ code: 'TAMPERED', fields: ['integrity'] });
});

/** A ciphertext whose last byte is another one. */
function cut(value: unknown): Binary {
  const bytes = Buffer.from((value as Binary).value());
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
  return new Binary(bytes, Binary.SUBTYPE_ENCRYPTED);
}
