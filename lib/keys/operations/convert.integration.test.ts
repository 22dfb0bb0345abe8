// Converting single patients: every value survives with its BSON type, whoever writes meanwhile wins nothing and loses
// nothing, and what cannot be converted stays as it was.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BSON, Decimal128, Double, Int32, Long, ObjectId, Timestamp, type Document } from 'mongodb';
import {
  currentKeyPolicy,
  currentNames,
  doctorClientEncryption,
  doctorPatients,
  storedPatients,
} from '@/lib/db/connections';
import { PATIENTS } from '@/lib/db/names';
import {
  addAlert,
  addMeasurement,
  getPatientRecord,
  registerContact,
  registerPatient,
} from '@/lib/data';
import { openTestClinic, registration, type TestClinic } from '@/lib/data/testing/clinic';
import { measurementSchema } from '@/schemas/measurement';
import { ensureDataKey } from '../data-keys';
import { convertBatch } from './convert';
import { ConversionClient } from './convert-client';
import { newKeyName, readStored, type Conversion } from './convert-plan';
import { keyIdOf } from './convert-values';
import { supersededKeys } from './superseded';
import { wholeRecord } from '@/lib/data/testing/whole-record';

let clinic: TestClinic;
let client: ConversionClient;
const beat = measurementSchema.parse({ heartRate: '60' });

beforeAll(async () => {
  clinic = await openTestClinic();
  client = new ConversionClient();
});
afterAll(async () => {
  await client.close();
  await clinic.close();
});

async function newPatient(serial: number): Promise<ObjectId> {
  const { id } = await registerPatient(clinic.staff.doctor, registration(serial));
  return new ObjectId(id);
}

/** A conversion of everything to new keys under the same CMK. */
async function conversion(operationId: string): Promise<Conversion> {
  const { cmk } = await currentKeyPolicy();
  const name = `medcomd:shared:${operationId}`;
  const sharedKeyId = await ensureDataKey(doctorClientEncryption(), name, cmk);
  return { operationId, sharedKeyId, own: { cmk, isReplaced: () => true } };
}

const convert = async (plan: Conversion, ...ids: ObjectId[]) =>
  convertBatch(client, plan, await readStored(ids));

const stored = (_id: ObjectId): Promise<Document> => clinic.raw(_id.toHexString());

async function keysOf(_id: ObjectId): Promise<(string | null)[]> {
  const { ssn, bloodType, medicalRecords, alerts, insurance } = await stored(_id);
  const { policyNumber } = insurance as Document;
  const fields: unknown[] = [ssn, policyNumber, bloodType, medicalRecords, alerts];
  return fields.filter((value) => value !== undefined).map(keyIdOf);
}

async function keyIdNamed(name: string): Promise<string> {
  const key = await doctorClientEncryption().getKeyByAltName(name);
  return key?._id.toHexString(false) ?? 'none';
}

describe('a converted patient', () => {
  it('is under the new keys with all five fields, and reads as before', async () => {
    const _id = await newPatient(1);
    await addMeasurement(clinic.staff.doctor, _id.toHexString(), beat);
    const latex = { kind: 'allergy', text: 'Latex' } as const;
    await addAlert(clinic.staff.doctor, _id.toHexString(), latex);
    const before = await wholeRecord(clinic.staff.doctor, _id.toHexString());
    const { keyAltName: old } = await stored(_id);
    const plan = await conversion('first');
    expect(await convert(plan, _id)).toEqual({ written: 1, withoutKey: 0, problems: [] });

    const shared = plan.sharedKeyId?.toHexString(false);
    const own = await keyIdNamed(newKeyName('first', _id));
    expect(await keysOf(_id)).toEqual([shared, shared, own, own, own]);
    expect(await wholeRecord(clinic.staff.doctor, _id.toHexString())).toEqual({
      ...before,
      revision: before.revision + 1,
    });
    const [note] = await supersededKeys().find({ patientId: _id }).toArray();
    expect(note?._id.toHexString(false)).toBe(await keyIdNamed(String(old)));
    expect(note?.supersededBy.toHexString(false)).toBe(own);
  });

  it('is left alone by a repetition', async () => {
    const _id = await newPatient(2);
    const plan = await conversion('again');
    await convert(plan, _id);
    const once = await stored(_id);
    expect(await convert(plan, _id)).toEqual({ written: 0, withoutKey: 0, problems: [] });
    expect(await stored(_id)).toEqual(once);
  });

  it('keeps every BSON type and the order of fields', async () => {
    const _id = await newPatient(3);
    const visits = [
      {
        ...{ id: 'v', measuredAt: new Date('2026-02-03T04:05:06.789Z'), int: new Int32(7) },
        ...{ whole: new Double(98), minusZero: new Double(-0), double: new Double(36.6) },
        ...{ nan: new Double(Number.NaN), long: Long.fromString('9007199254740993') },
        ...{ small: Long.fromNumber(5), decimal: Decimal128.fromString('1.10'), no: null },
        ...{ yes: true, bytes: new BSON.Binary(Buffer.from('x'), 0), uuid: new BSON.UUID() },
        ...{ regex: new BSON.BSONRegExp('a', 'i'), symbol: new BSON.BSONSymbol('s') },
        ...{ time: new Timestamp({ t: 1, i: 2 }), code: new BSON.Code('f', { a: new Int32(1) }) },
        ...{ list: [[new Double(1)], {}], min: new BSON.MinKey(), max: new BSON.MaxKey() },
        text: 'naïve \u0000 🩺',
      },
    ];
    const patients = await doctorPatients();
    const { keyAltName } = await stored(_id);
    await patients.updateOne(
      { _id, keyAltName: String(keyAltName) },
      { $set: { medicalRecords: visits as never } },
    );
    const [before] = await client.read([_id]);
    await convert(await conversion('types'), _id);
    const [after] = await client.read([_id]);
    expect(after?.fields).toEqual(before?.fields);
    const box = after?.fields.get('medicalRecords');
    expect(box && Buffer.from(box)).toEqual(Buffer.from(BSON.serialize({ v: visits })));
  });

  it('loses no measurement that is added meanwhile', async () => {
    const ids = [await newPatient(4), await newPatient(5)];
    const writers = ids.flatMap((_id) =>
      Array.from({ length: 10 }, () =>
        addMeasurement(clinic.staff.doctor, _id.toHexString(), beat),
      ),
    );
    for (const name of ['m1', 'm2', 'm3']) {
      const { problems } = await convert(await conversion(name), ...ids);
      expect(problems).toEqual([]);
    }
    const added = (await Promise.all(writers)).map(({ id }) => id);
    const found: string[] = [];
    for (const _id of ids) {
      const { visits } = await getPatientRecord(clinic.staff.doctor, _id.toHexString());
      if (visits.state === 'clear') found.push(...visits.value.map(({ id }) => id));
    }
    expect(found.sort()).toEqual(added.sort());
    const own = await keyIdNamed(newKeyName('m3', ids[0] ?? new ObjectId()));
    expect((await keysOf(ids[0] ?? new ObjectId())).slice(2)).toEqual([own, own]);
  });
});

describe('what is not converted', () => {
  it('a registration of the front desk has nothing to convert', async () => {
    const { name, contact } = registration(6);
    const { id } = await registerContact(clinic.staff.receptionist, {
      ...{ name, contact, provider: 'MaestCare' },
    });
    const before = await clinic.raw(id);
    const plan = await conversion('desk');
    expect(await convert(plan, new ObjectId(id))).toMatchObject({ written: 0, withoutKey: 0 });
    expect(await clinic.raw(id)).toEqual(before);
  });

  it('a tombstone', async () => {
    const _id = await newPatient(7);
    await storedPatients().updateOne({ _id }, { $set: { erasedAt: new Date() } as Document });
    const before = await stored(_id);
    expect(await convert(await conversion('tombstone'), _id)).toMatchObject({ written: 0 });
    expect(await stored(_id)).toEqual(before);
  });

  it('fields whose key is gone: they are counted, and the shared fields are converted', async () => {
    const _id = await newPatient(8);
    const { keyAltName, bloodType } = await clinic.raw(_id.toHexString());
    const key = await doctorClientEncryption().getKeyByAltName(String(keyAltName));
    if (key !== null) await doctorClientEncryption().deleteKey(key._id);
    const plan = await conversion('gone');
    expect(await convert(plan, _id)).toEqual({ written: 1, withoutKey: 1, problems: [] });
    expect((await keysOf(_id))[0]).toBe(plan.sharedKeyId?.toHexString(false));
    expect(await stored(_id)).toMatchObject({ keyAltName, bloodType });
  });

  it('damaged fields: they are reported, stay as they are, and stop no others', async () => {
    const [_id, other] = [await newPatient(9), await newPatient(10)];
    const bytes = Buffer.from(((await stored(_id))['bloodType'] as BSON.Binary).value());
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    await clinic.plain
      .db(currentNames().patients)
      .collection(PATIENTS)
      .updateOne({ _id }, { $set: { bloodType: new BSON.Binary(bytes, 6) } });
    const before = await stored(_id);
    expect(await convert(await conversion('damage'), _id, other)).toEqual({
      written: 2,
      withoutKey: 0,
      problems: [{ patientId: _id.toHexString(), fields: 'own', problem: 'does-not-decrypt' }],
    });
    const after = await stored(_id);
    expect(pick(after)).toEqual(pick(before));
    expect((await keysOf(_id))[0]).toBe((await keysOf(other))[0]);
  });

  it('a second patient with the same SSN: it is reported, and both stay', async () => {
    const [one, two] = [await newPatient(12), await newPatient(13)];
    const plan = await conversion('twins');
    await convert(plan, one);
    // Under the old key the index cannot see that this is the number of the first.
    const { sharedKeyId } = await currentKeyPolicy();
    const ssn = await doctorClientEncryption().encrypt(new Int32(registration(12).ssn), {
      ...{ keyId: sharedKeyId, algorithm: 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic' },
    });
    await storedPatients().updateOne({ _id: two }, { $set: { ssn } as Document });
    const before = await stored(two);
    expect(await convert(plan, two, await newPatient(14))).toMatchObject({
      written: 2,
      problems: [{ patientId: two.toHexString(), fields: 'shared', problem: 'duplicate-ssn' }],
    });
    expect((await stored(two))['ssn']).toEqual(before['ssn']);
  });
});

function pick({ keyAltName, bloodType, medicalRecords }: Document): unknown[] {
  return [keyAltName, bloodType, medicalRecords];
}
