// The clinic's own records across languages: what the data layer writes PyMongo with libmongocrypt reads
// field by field, and finds by SSN; what PyMongo writes by explicit encryption the data layer reads.
import { BSON, Binary, ObjectId, type Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addMeasurement,
  getPatientRecord,
  registerPatient,
  revealPolicyNumber,
  revealSsn,
  searchPatients,
} from '@/lib/data';
import { openTestClinic, registration, type TestClinic } from '@/lib/data/testing/clinic';
import { currentNames, doctorPatients } from '@/lib/db/connections';
import { kmsOptions } from '@/lib/keys/kms';
import { newPatientKeyName, SHARED_KEY_NAME } from '@/lib/keys/data-keys';
import type { Measurement } from '@/schemas/measurement';
import {
  ensurePymongo,
  type Pymongo,
  type PymongoParty,
  startPymongo,
} from '../../../peers/pymongo.ts';
import { testServerUri } from '../../testing/server.ts';
import { deterministic, random } from './testing/key-vault.ts';

const measurement: Measurement = {
  weightKg: 81.6,
  heartRate: 64,
  systolic: 120,
  diastolic: 80,
  temperatureC: undefined,
  respiratoryRate: undefined,
  oxygenSaturation: undefined,
  note: 'Sleeps well; coração calmo',
};

/** BSON types as they lie in the bytes, by path; `[]` is any item of an array. */
const types = {
  _id: 'ObjectId',
  name: 'string',
  'contact.dateOfBirth': 'string',
  ssn: 'Int32',
  last4ssn: 'Int32',
  bloodType: 'string',
  'medicalRecords.0.measuredAt': 'Date',
  'medicalRecords.0.weightKg': 'Double',
  'medicalRecords.0.heartRate': 'Int32',
  'medicalRecords.0.note': 'string',
  'medicalRecords.0.doctor.name': 'string',
  'insurance.provider': 'string',
  'insurance.policyNumber': 'Int32',
  keyAltName: 'string',
  revision: 'Int32',
  registeredAt: 'Date',
};

describe.runIf(await ensurePymongo())("the clinic's records and PyMongo", () => {
  let clinic: TestClinic;
  let pymongo: Pymongo;
  let theirs: PymongoParty;
  let namespace: string;
  const openTheirs = (kmsProviders: Document = kmsOptions().kmsProviders) => {
    const { keyVaultNamespace } = currentNames();
    return pymongo.open({ uri: testServerUri(), keyVaultNamespace, kmsProviders });
  };
  beforeAll(async () => {
    clinic = await openTestClinic();
    pymongo = await startPymongo();
    theirs = await openTheirs();
    namespace = currentNames().patientsNamespace;
  });
  afterAll(async () => {
    await pymongo.stop();
    await clinic.close();
  });

  async function registerHere(serial: number): Promise<ObjectId> {
    const { id } = await registerPatient(clinic.staff.doctor, registration(serial));
    await addMeasurement(clinic.staff.doctor, id, measurement);
    return new ObjectId(id);
  }

  /** As the doctors' client decrypts it. */
  async function readHere(_id: ObjectId): Promise<Uint8Array> {
    const [found] = await (await doctorPatients()).find({ _id }, { raw: true }).toArray();
    return found as unknown as Uint8Array;
  }

  describe('what the data layer writes', () => {
    let _id: ObjectId;
    beforeAll(async () => {
      _id = await registerHere(1);
    });

    it('PyMongo decrypts by itself, to the bytes that the doctors read', async () => {
      const [there] = await theirs.find(namespace, { _id });
      expect(there && Buffer.from(there).toString('hex')).toBe(
        Buffer.from(await readHere(_id)).toString('hex'),
      );
    });

    it('keeps every BSON type and value', async () => {
      const [there] = await theirs.find(namespace, { _id });
      const patient = BSON.deserialize(there ?? new Uint8Array(), { promoteValues: false });
      const found = Object.keys(types).map((path) => [path, typeOf(at(patient, path))]);
      expect(Object.fromEntries(found)).toEqual(types);
      const { name, ssn, bloodType, insurance } = registration(1);
      expect(JSON.parse(BSON.EJSON.stringify(patient))).toMatchObject({
        name,
        ssn: Number(ssn),
        bloodType,
        insurance: { ...insurance, policyNumber: Number(insurance.policyNumber) },
        medicalRecords: [{ weightKg: 81.6, heartRate: 64, note: measurement.note }],
      });
    });

    it('PyMongo decrypts each field by explicit decryption too', async () => {
      const raw = await clinic.raw(_id.toHexString());
      const plain = BSON.deserialize(await readHere(_id));
      for (const path of ['ssn', 'bloodType', 'medicalRecords', 'insurance.policyNumber']) {
        const value = at(raw, path);
        if (!(value instanceof Binary)) throw new TypeError(`Expected ciphertext in \`${path}\``);
        expect(value.sub_type).toBe(6);
        expect(await theirs.decrypt(value)).toEqual(at(plain, path));
      }
    });

    it('PyMongo finds the patient by an SSN that it encrypts, byte for byte the same', async () => {
      const options = { keyAltName: SHARED_KEY_NAME, algorithm: deterministic };
      const ssn = await theirs.encrypt(new BSON.Int32(registration(1).ssn), options);
      expect((await clinic.raw(_id.toHexString()))['ssn']).toEqual(ssn);
      expect(await theirs.find(namespace, { ssn })).toHaveLength(1);
      const policyNumber = await theirs.encrypt(
        new BSON.Int32(registration(1).insurance.policyNumber),
        options,
      );
      const byPolicy = await theirs.find(namespace, { 'insurance.policyNumber': policyNumber });
      expect(byPolicy).toHaveLength(1);
    });

    it('PyMongo finds nobody by the number in clear, or by a number of another type', async () => {
      const number = Number(registration(1).ssn);
      expect(await theirs.find(namespace, { ssn: new BSON.Int32(number) })).toEqual([]);
      const options = { keyAltName: SHARED_KEY_NAME, algorithm: deterministic };
      const long = await theirs.encrypt(BSON.Long.fromNumber(number), options);
      expect(await theirs.find(namespace, { ssn: long })).toEqual([]);
    });

    it('PyMongo reads nothing with another master key, nor does a client without one', async () => {
      const stranger = await openTheirs({ local: { key: Buffer.alloc(96, 1) } });
      await expect(stranger.find(namespace, { _id })).rejects.toThrow('HMAC validation failure');
      const [plain] = await theirs.find(namespace, { _id }, 'plain');
      const text = Buffer.from(plain ?? []).toString('latin1');
      expect(text).toContain(registration(1).insurance.provider);
      expect(text).not.toContain(registration(1).bloodType);
      expect(text).not.toContain('Sleeps well');
    });
  });

  describe('what PyMongo writes', () => {
    const visit = {
      id: 'visit-1',
      measuredAt: new Date('2026-02-03T09:30:00.123Z'),
      weightKg: 70.25,
      heartRate: 58,
      note: 'Written in Python: ção',
      doctor: { id: 'd', name: 'Dr Python' },
    };

    /** A registration as `registerPatient` stores it, each field encrypted by PyMongo. */
    async function registerThere(serial: number): Promise<{ _id: ObjectId; keyAltName: string }> {
      const keyAltName = newPatientKeyName();
      const own = { keyId: await theirs.createDataKey('local', { keyAltNames: [keyAltName] }) };
      const shared = { keyAltName: SHARED_KEY_NAME, algorithm: deterministic };
      const { name, contact, ssn, bloodType, insurance } = registration(serial);
      const _id = new ObjectId();
      const patient = {
        _id,
        name,
        nameKeys: ['agata'],
        contact,
        phoneKey: '555010',
        ssn: await theirs.encrypt(new BSON.Int32(ssn), shared),
        last4ssn: Number(ssn.slice(-4)),
        bloodType: await theirs.encrypt(bloodType, { ...own, algorithm: random }),
        medicalRecords: await theirs.encrypt([visit], { ...own, algorithm: random }),
        insurance: {
          provider: insurance.provider,
          policyNumber: await theirs.encrypt(new BSON.Int32(insurance.policyNumber), shared),
        },
        keyAltName,
        revision: 1,
        registeredAt: new Date(),
      };
      await theirs.insert(namespace, BSON.serialize(patient));
      return { _id, keyAltName };
    }

    it('the data layer finds by SSN and reads whole', async () => {
      const { _id } = await registerThere(2);
      const { doctor } = clinic.staff;
      const { ssn, bloodType, insurance } = registration(2);
      const { patients } = await searchPatients(doctor, { text: ssn, by: 'ssn' });
      expect(patients.map(({ id }) => id)).toEqual([_id.toHexString()]);
      expect(await getPatientRecord(doctor, _id.toHexString())).toMatchObject({
        bloodType: { state: 'clear', value: bloodType },
        insurance: { provider: insurance.provider },
        visits: { state: 'clear', value: [visit] },
      });
      expect(await revealSsn(doctor, _id.toHexString())).toBe(ssn);
      expect(await revealPolicyNumber(doctor, _id.toHexString())).toBe(insurance.policyNumber);
    });

    it('the data layer adds to, and PyMongo reads both visits', async () => {
      const { _id } = await registerThere(3);
      await addMeasurement(clinic.staff.doctor, _id.toHexString(), measurement);
      const [there] = await theirs.find(namespace, { _id });
      const { medicalRecords, revision } = BSON.deserialize(there ?? new Uint8Array());
      expect(medicalRecords).toMatchObject([visit, { weightKg: 81.6, note: measurement.note }]);
      expect(revision).toBe(2);
    });

    it('the unique index on SSN holds across languages', async () => {
      await registerHere(4);
      await expect(registerThere(4)).rejects.toThrow(/E11000|duplicate key/i);
      await registerThere(5);
      const again = registerPatient(clinic.staff.doctor, registration(5));
      await expect(again).rejects.toMatchObject({ code: 'DUPLICATE_SSN' });
    });

    it('is refused in clear by the server', async () => {
      const [found] = await theirs.find(namespace, {}, 'plain');
      const patient = BSON.deserialize(found ?? new Uint8Array());
      const clear = { ...patient, _id: new ObjectId(), keyAltName: newPatientKeyName(), ssn: 1 };
      await expect(theirs.insert(namespace, BSON.serialize(clear))).rejects.toThrow(/validation/i);
    });

    it('shows as erased once its key is deleted by PyMongo, which reads it no more', async () => {
      const { _id, keyAltName } = await registerThere(6);
      const key = await theirs.getKeyByAltName(keyAltName);
      const { _id: keyId } = BSON.deserialize(key ?? new Uint8Array());
      expect(await theirs.deleteKey(keyId as BSON.UUID)).toBe(1);
      const record = await getPatientRecord(clinic.staff.doctor, _id.toHexString());
      expect(record).toMatchObject({
        bloodType: { state: 'erased' },
        visits: { state: 'erased' },
      });
      const ssn = await revealSsn(clinic.staff.doctor, _id.toHexString());
      expect(ssn).toBe(registration(6).ssn);
      const fresh = await openTheirs();
      const gone = 'not all keys requested were satisfied';
      await expect(fresh.find(namespace, { _id })).rejects.toThrow(gone);
    });
  });
});

function at(document: Document, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Document)[key], document);
}

function typeOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value;
  return '_bsontype' in value ? String(value._bsontype) : value.constructor.name;
}
