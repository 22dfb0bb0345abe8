// The shared key is replaced while the clinic works: searches, the check for duplicates and every write of a deterministic
// field, in each phase of the policy and across its changes. lib/keys/README.md, point 3.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Binary, ObjectId, type UUID } from 'mongodb';
import { auditEvents } from '@/lib/audit/append';
import {
  currentKeyPolicy,
  currentNames,
  doctorClientEncryption,
  keyVault,
  keyVaultDb,
} from '@/lib/db/connections';
import { PATIENTS } from '@/lib/db/names';
import { changeKeyPolicy } from '@/lib/keys/policy';
import { followPolicy, prepareNumbers } from '@/lib/keys/shared-fields';
import { measurementSchema } from '@/schemas/measurement';
import * as data from './index';
import {
  duplicateSsn,
  followOrTakeBack,
  takeBackCompletion,
  takeBackPatient,
  untilSomebodyHas,
} from './take-back';
import { openTestClinic, registration, type TestClinic } from './testing/clinic';
import { wholeRecord } from './testing/whole-record';

let clinic: TestClinic;
let serial = 0;
let oldKey: UUID;
let newKey: UUID;

const next = () => registration(++serial);
const patients = () => clinic.plain.db(currentNames().patients).collection(PATIENTS);

async function setPolicy(sharedKeyId: UUID, otherSharedKeyId: UUID | null): Promise<void> {
  await changeKeyPolicy(keyVaultDb(), await currentKeyPolicy(), { sharedKeyId, otherSharedKeyId });
}
const announce = () => setPolicy(oldKey, newKey);
const convert = () => setPolicy(newKey, oldKey);
const finish = () => setPolicy(newKey, null);

function isUnder(key: UUID, value: unknown): boolean {
  const blob = (value as Binary).value();
  return Buffer.from(blob.subarray(1, 17)).equals(key.buffer);
}

/** Whether both numbers of this record are under the key. */
async function isWhollyUnder(key: UUID, id: string): Promise<boolean> {
  const { ssn, insurance } = await clinic.raw(id);
  return isUnder(key, ssn) && isUnder(key, (insurance as { policyNumber: unknown }).policyNumber);
}

async function foundBy(by: 'ssn' | 'policy', text: string): Promise<string[]> {
  const { patients: found } = await data.searchPatients(clinic.staff.doctor, { text, by });
  return found.map(({ id }) => id);
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof data.DataError ? error.code : String(error)),
  );

beforeAll(async () => {
  clinic = await openTestClinic();
});
afterAll(() => clinic.close());

beforeEach(async () => {
  oldKey = (await currentKeyPolicy()).sharedKeyId;
  newKey = await doctorClientEncryption().createDataKey('local');
  await setPolicy(oldKey, null);
});

describe('with two shared keys', () => {
  it('finds what is under either, in each phase', async () => {
    const under = { old: next(), new: next() };
    const { id: one } = await data.registerPatient(clinic.staff.doctor, under.old);
    await announce();
    await convert();
    const { id: other } = await data.registerPatient(clinic.staff.doctor, under.new);
    expect([await isWhollyUnder(oldKey, one), await isWhollyUnder(newKey, other)]).toEqual([
      true,
      true,
    ]);
    for (const phase of [announce, convert]) {
      await phase();
      for (const [patient, id] of [
        [under.old, one],
        [under.new, other],
      ] as const) {
        expect(await foundBy('ssn', patient.ssn)).toEqual([id]);
        expect(await foundBy('policy', patient.insurance.policyNumber)).toEqual([id]);
        expect((await wholeRecord(clinic.staff.doctor, id)).ssn).toBe(patient.ssn);
        expect(await data.revealSsn(clinic.staff.doctor, id)).toBe(patient.ssn);
      }
      expect(await foundBy('ssn', next().ssn)).toEqual([]);
    }
    // The control: without the second key in the policy, what is under it is not found.
    await finish();
    expect(await foundBy('ssn', under.old.ssn)).toEqual([]);
  });

  it('refuses an SSN that is taken under the other key, registered or completed', async () => {
    const taken = next();
    await data.registerPatient(clinic.staff.doctor, taken);
    const { name, contact } = next();
    const contactOnly = { name, contact, provider: 'MaestCare' };
    const { id } = await data.registerContact(clinic.staff.receptionist, contactOnly);
    await convert();
    const again = { ...next(), ssn: taken.ssn };
    const before = await clinic.raw(id);
    const keys = await keyVault().countDocuments();
    expect(await codeOf(data.registerPatient(clinic.staff.doctor, again))).toBe('DUPLICATE_SSN');
    expect(await codeOf(data.completeRegistration(clinic.staff.doctor, id, again))).toBe(
      'DUPLICATE_SSN',
    );
    expect(await clinic.raw(id)).toEqual(before);
    expect(await patients().countDocuments({ 'contact.email': again.contact.email })).toBe(0);
    expect(await keyVault().countDocuments()).toBe(keys);
    expect(await codeOf(data.completeRegistration(clinic.staff.doctor, id, next()))).toBe('done');
  });

  it('tells doctors who complete one registration at once apart, and never of another patient', async () => {
    await announce();
    for (let round = 1; round <= 8; round++) {
      const { name, contact, ...sensitive } = next();
      const contactOnly = { name, contact, provider: 'MaestCare' };
      const { id } = await data.registerContact(clinic.staff.receptionist, contactOnly);
      const attempts: Promise<string>[] = [];
      for (let doctor = 1; doctor <= 8; doctor++) {
        attempts.push(codeOf(data.completeRegistration(clinic.staff.doctor, id, sensitive)));
        // Each is at another step when one of them has written.
        await currentKeyPolicy();
      }
      const codes = (await Promise.all(attempts)).toSorted();
      expect(codes).toEqual([...Array<string>(7).fill('CONFLICT'), 'done']);
    }
  });

  it('writes an edited policy number under the key in force', async () => {
    const { id } = await data.registerPatient(clinic.staff.doctor, next());
    await convert();
    const edited = { provider: 'Other', policyNumber: '31337' };
    await data.updateInsurance(clinic.staff.doctor, id, edited);
    const { ssn, insurance } = await clinic.raw(id);
    expect(isUnder(oldKey, ssn)).toBe(true);
    expect(isUnder(newKey, (insurance as { policyNumber: unknown }).policyNumber)).toBe(true);
    const record = await wholeRecord(clinic.staff.doctor, id);
    expect(record.insurance).toEqual(edited);
  });
});

describe('a writer that has read an older policy', () => {
  it('takes its own numbers to the new key, once, and nobody else’s', async () => {
    const patient = next();
    const { id } = await data.registerPatient(clinic.staff.doctor, patient);
    const _id = new ObjectId(id);
    const numbers = { ssn: Number(patient.ssn), 'insurance.policyNumber': 1 };
    const stale = await prepareNumbers(await currentKeyPolicy(), numbers);
    await convert();
    await followPolicy(_id, stale);
    const { ssn, insurance } = await clinic.raw(id);
    expect(isUnder(newKey, ssn)).toBe(true);
    // Somebody else has written another policy number: it is not the one that this writer knows.
    expect(isUnder(oldKey, (insurance as { policyNumber: unknown }).policyNumber)).toBe(true);
    const once = await clinic.raw(id);
    await followPolicy(_id, stale);
    expect(await clinic.raw(id)).toEqual(once);
    expect(await data.revealSsn(clinic.staff.doctor, id)).toBe(patient.ssn);
  });
});

describe('a registration whose SSN turns out to be taken under the new key', () => {
  /** Two records with one SSN, as two writers leave them who knew different keys; the first has not followed yet. */
  async function bothRegistered(complete: boolean) {
    const { doctor, receptionist } = clinic.staff;
    const { ssn, ...first } = next();
    const { name, contact } = first;
    const desk = { name, contact, provider: 'MaestCare' };
    let id: string;
    if (complete) {
      ({ id } = await data.registerContact(receptionist, desk));
      await data.completeRegistration(doctor, id, { ...first, ssn });
    } else {
      ({ id } = await data.registerPatient(doctor, { ...first, ssn }));
    }
    const prepared = await prepareNumbers(await currentKeyPolicy(), { ssn: Number(ssn) });
    await finish();
    // A write that is taken back has not been answered, so the log knows nothing of it.
    await auditEvents().updateMany({}, { $unset: { sealed: '' } });
    const { id: winner } = await data.registerPatient(doctor, { ...next(), ssn });
    const { revision, keyAltName } = await clinic.raw(id);
    const written = { prepared, revision: Number(revision) };
    return { id, winner, written, keyAltName: String(keyAltName) };
  }

  it('is taken back with its key', async () => {
    const { id, winner, written, keyAltName } = await bothRegistered(false);
    const followed = followOrTakeBack(new ObjectId(id), written, takeBackPatient);
    expect(await codeOf(followed)).toBe('DUPLICATE_SSN');
    expect(await patients().countDocuments({ _id: new ObjectId(id) })).toBe(0);
    expect(await keyVault().countDocuments({ keyAltNames: keyAltName })).toBe(0);
    await data.getPatientRecord(clinic.staff.doctor, winner);
  });

  it('is incomplete again, and can be completed with another number', async () => {
    const { id, written } = await bothRegistered(true);
    const followed = followOrTakeBack(new ObjectId(id), written, takeBackCompletion);
    expect(await codeOf(followed)).toBe('DUPLICATE_SSN');
    const record = await wholeRecord(clinic.staff.doctor, id);
    expect(record).toMatchObject({ complete: false, ssn: null, bloodType: null });
    await data.completeRegistration(clinic.staff.doctor, id, next());
  });

  it('is taken back also if the key it was written under is in force again', async () => {
    const { doctor } = clinic.staff;
    const { ssn } = next();
    await announce();
    const prepared = await prepareNumbers(await currentKeyPolicy(), { ssn: Number(ssn) });
    await convert();
    await data.registerPatient(doctor, { ...next(), ssn });
    await setPolicy(oldKey, newKey);
    const { id } = await data.registerPatient(doctor, next());
    const _id = new ObjectId(id);
    await patients().updateOne({ _id }, { $set: { ssn: prepared.sealed.ssn } });
    const { revision } = await clinic.raw(id);
    const written = { prepared, revision: Number(revision) };
    expect(await codeOf(followOrTakeBack(_id, written, takeBackPatient))).toBe('DUPLICATE_SSN');
    expect(await patients().countDocuments({ _id })).toBe(0);
  });

  it('stays if somebody has added a visit meanwhile', async () => {
    const { id, written } = await bothRegistered(false);
    const beat = measurementSchema.parse({ heartRate: '60' });
    await data.addMeasurement(clinic.staff.doctor, id, beat);
    const followed = followOrTakeBack(new ObjectId(id), written, takeBackPatient);
    expect(await codeOf(followed)).toBe('DUPLICATE_SSN');
    const record = await wholeRecord(clinic.staff.doctor, id);
    expect(record.visits).toMatchObject({ value: [{ heartRate: 60 }] });
  });
});

describe('a refusal for an SSN that occurs twice', () => {
  it('is not believed while no record has the number', async () => {
    const patient = next();
    let refusals = 2;
    await untilSomebodyHas(patient.ssn, async () => {
      if (refusals-- > 0) throw duplicateSsn();
      await data.registerPatient(clinic.staff.doctor, patient);
    });
    expect(await foundBy('ssn', patient.ssn)).toHaveLength(1);
  });

  it('is final once a record has it', async () => {
    const patient = next();
    await data.registerPatient(clinic.staff.doctor, patient);
    let attempts = 0;
    const refused = untilSomebodyHas(patient.ssn, () => {
      attempts += 1;
      return Promise.reject(duplicateSsn());
    });
    expect(await codeOf(refused)).toBe('DUPLICATE_SSN');
    expect(attempts).toBe(1);
  });
});

/** Changes the policy through all phases, over and over, until `work` has settled; then ends in `done`. */
async function whilePolicyChanges<T>(work: Promise<T>): Promise<T> {
  const state = { working: true };
  const settled = work.finally(() => (state.working = false));
  settled.catch(() => undefined);
  do {
    for (const phase of [announce, convert]) {
      await phase();
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (state.working) [oldKey, newKey] = [newKey, oldKey];
  } while (state.working);
  return settled;
}

describe('while the policy changes', () => {
  it('every registration ends under the key in force or a later one, and is found at once', async () => {
    const people = Array.from({ length: 30 }, next);
    const register = async (patient: (typeof people)[number]) => {
      const { id } = await data.registerPatient(clinic.staff.doctor, patient);
      return { id, found: await foundBy('ssn', patient.ssn) };
    };
    const registered = await whilePolicyChanges(Promise.all(people.map(register)));
    for (const { id, found } of registered) expect(found).toEqual([id]);
  });

  it('of many who register one SSN at a time, one succeeds and the others leave nothing', async () => {
    for (let round = 0; round < 6; round++) {
      const { ssn } = next();
      const keys = await keyVault().countDocuments();
      const people = Array.from({ length: 6 }, () => ({ ...next(), ssn }));
      const ended = await whilePolicyChanges(
        Promise.all(people.map((each) => codeOf(data.registerPatient(clinic.staff.doctor, each)))),
      );
      expect(ended.toSorted()).toEqual([...Array<string>(5).fill('DUPLICATE_SSN'), 'done']);
      const emails = people.map(({ contact }) => contact.email);
      const stored = await patients()
        .find({ 'contact.email': { $in: emails } })
        .toArray();
      expect(stored).toHaveLength(1);
      expect(await keyVault().countDocuments()).toBe(keys + 1);
    }
  });
});
