// A patient's data key is destroyed: what it protected shows as erased, everything else still reads, and
// no other failure passes for an erasure.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Binary, ObjectId } from 'mongodb';
import { openTestClinic, registration, type TestClinic } from './testing/clinic';
import { closeConnections, currentNames, doctorClientEncryption } from '@/lib/db/connections';
import { PATIENTS } from '@/lib/db/names';
import { measurementSchema } from '@/schemas/measurement';
import { addMeasurement, getPatientRecord, registerPatient, updateInsurance } from './index';
import { wholeRecord } from './testing/whole-record';

let clinic: TestClinic;
let erased: string;
let kept: string;
const beat = measurementSchema.parse({ heartRate: '60' });

beforeAll(async () => {
  clinic = await openTestClinic();
  ({ id: erased } = await registerPatient(clinic.staff.doctor, registration(1)));
  ({ id: kept } = await registerPatient(clinic.staff.doctor, registration(2)));
  await addMeasurement(clinic.staff.doctor, kept, beat);
  const { keyAltName } = await clinic.raw(erased);
  const clientEncryption = doctorClientEncryption();
  const key = await clientEncryption.getKeyByAltName(String(keyAltName));
  if (key === null) throw new Error('Expected a data key, got none');
  await clientEncryption.deleteKey(key._id);
  // A warm client may decrypt until its cache expires; a new one has no cache.
  await closeConnections();
});
afterAll(() => clinic.close());

describe('an erased patient', () => {
  it('shows blood type and visits as erased, and reads the rest', async () => {
    const { ssn, insurance } = registration(1);
    expect(await wholeRecord(clinic.staff.doctor, erased)).toMatchObject({
      ssn,
      insurance,
      bloodType: { state: 'erased' },
      visits: { state: 'erased' },
    });
  });
  it('takes no measurement', async () => {
    const before = await clinic.raw(erased);
    await expect(addMeasurement(clinic.staff.doctor, erased, beat)).rejects.toMatchObject({
      code: 'ERASED',
    });
    expect(await clinic.raw(erased)).toEqual(before);
  });
  it('still takes what is not under the destroyed key', async () => {
    await updateInsurance(clinic.staff.doctor, erased, {
      provider: 'MaestCare',
      policyNumber: '9',
    });
    const record = await wholeRecord(clinic.staff.doctor, erased);
    expect(record.insurance.policyNumber).toBe('9');
  });
  it('does not take others along', async () => {
    expect(await getPatientRecord(clinic.staff.doctor, kept)).toMatchObject({
      visits: { state: 'clear', value: [{ heartRate: 60 }] },
    });
  });
});

describe('a damaged record', () => {
  it('is an error, not an erasure', async () => {
    const patients = clinic.plain.db(currentNames().patients).collection(PATIENTS);
    const bytes = Buffer.from(((await clinic.raw(kept))['bloodType'] as Binary).buffer);
    const last = bytes.length - 1;
    bytes.writeUInt8(bytes.readUInt8(last) ^ 1, last);
    await patients.updateOne(
      { _id: new ObjectId(kept) },
      { $set: { bloodType: new Binary(bytes, 6) } },
    );
    await expect(getPatientRecord(clinic.staff.doctor, kept)).rejects.toThrow();
  });
});
