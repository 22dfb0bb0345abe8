import { BSON, UUID } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerContact, registerPatient } from '@/lib/data';
import { openTestClinic, registration, type TestClinic } from '@/lib/data/testing/clinic';
import {
  currentKeyPolicy,
  doctorClientEncryption,
  keyVault,
  storedPatients,
} from '@/lib/db/connections';
import { findKey, inventoryKeys, readInventory, type KeyEntry } from './inventory';
import { KeyError } from './errors';
import { addAlias, createNamedKey, removeAlias } from './named-keys';
import { verifyKeys, type VerificationProblem } from './operations';
import { supersededKeys } from './operations/superseded';

const PATIENTS = 3;
let clinic: TestClinic;
let ids: string[];

beforeAll(async () => {
  clinic = await openTestClinic();
  ids = [];
  for (let serial = 1; serial <= PATIENTS; serial += 1) {
    ids.push((await registerPatient(clinic.staff.doctor, registration(serial))).id);
  }
  const { name, contact, insurance } = registration(9);
  await registerContact(clinic.staff.receptionist, {
    name,
    contact,
    provider: insurance.provider,
  });
});

afterAll(() => clinic.close());

const shared = async () => (await currentKeyPolicy()).sharedKeyId;
const quiet = () => undefined;

async function keyOf(patientId: string): Promise<KeyEntry> {
  for await (const entry of inventoryKeys()) if (entry.patientId === patientId) return entry;
  throw new Error('Expected the key of the patient, got none');
}

describe('the inventory', () => {
  it('counts keys by purpose and CMK, and records by field', async () => {
    const inventory = await readInventory();
    expect(inventory.counts).toEqual({
      keys: PATIENTS + 1,
      byPurpose: { shared: 1, patient: PATIENTS, other: 0 },
      byState: { active: PATIENTS + 1, second: 0, superseded: 0, pending: 0, unknown: 0 },
    });
    expect(inventory.cmks).toEqual([{ provider: 'local', cmk: 'local', keys: PATIENTS + 1 }]);
    expect(inventory.patients).toEqual({ total: PATIENTS + 1, erased: 0, withoutKey: 1 });
    expect(inventory.keys).toHaveLength(1);
    expect(inventory.keys[0]).toMatchObject({
      id: (await shared()).toHexString(),
      altNames: ['medcomd:shared'],
      purpose: 'shared',
      state: 'active',
      records: PATIENTS,
      rotated: null,
      fields: [
        { name: 'ssn', records: PATIENTS },
        { name: 'insurance.policyNumber', records: PATIENTS },
      ],
    });
    expect(inventory).toMatchObject({ cacheMs: 60_000, unfinished: null, held: [] });
  });

  it('says whose each key is, by id and by alt name', async () => {
    const entry = await keyOf(ids[0] ?? '');
    expect(entry).toMatchObject({ purpose: 'patient', state: 'active', records: 1 });
    expect(entry.fields.map(({ name }) => name)).toEqual([
      ...['bloodType', 'medicalRecords', 'alerts', 'integrity'],
    ]);
    expect(await findKey(entry.id)).toEqual(entry);
    expect(await findKey(entry.altNames[0] ?? '')).toEqual(entry);
    expect(await findKey('no such name')).toBeNull();
  });

  it('holds no key material', async () => {
    const text = JSON.stringify(await readInventory());
    for await (const key of keyVault().find()) {
      expect(text).not.toContain(key.keyMaterial.toString('base64').slice(0, 20));
    }
  });

  it('shows when a key was wrapped anew', async () => {
    await doctorClientEncryption().rewrapManyDataKey(
      { _id: await shared() },
      { provider: 'local' },
    );
    const entry = await findKey('medcomd:shared');
    expect(entry?.rotated?.getTime()).toBeGreaterThanOrEqual(entry?.created.getTime() ?? 0);
  });

  it('tells a key that was replaced from one that nobody knows', async () => {
    const clientEncryption = doctorClientEncryption();
    const old = await clientEncryption.createDataKey('local');
    const fresh = await clientEncryption.createDataKey('local');
    const stray = await clientEncryption.createDataKey('local', { keyAltNames: ['stray'] });
    const longAgo = { $set: { creationDate: new Date(0) } };
    await keyVault().updateMany({ _id: { $in: [old, stray] } }, longAgo);
    const user = (await storedPatients().findOne({ _id: new BSON.ObjectId(ids[1] ?? '') }))?._id;
    const row = { operationId: 'operation', supersededBy: fresh, at: new Date() };
    await supersededKeys().insertOne({ _id: old, patientId: user ?? null, ...row });
    const states = await Promise.all(
      [old, fresh, stray].map(async (id) => (await findKey(id.toHexString()))?.state),
    );
    expect(states).toEqual(['superseded', 'pending', 'unknown']);
    const { problems } = await verifyKeys(quiet);
    expect(problems.map(({ kind, id }) => [kind, id])).toEqual([
      ['unknown-key', stray.toHexString()],
    ]);
    await keyVault().deleteMany({ _id: { $in: [old, fresh, stray] } });
  });
});

describe('a further key', () => {
  it('is made under the CMK of the policy, once, and is known', async () => {
    const { id, created } = await createNamedKey('export:2026', null);
    expect(created).toBe(true);
    expect(await createNamedKey('export:2026', null)).toEqual({ id, created: false });
    expect(await findKey('export:2026')).toMatchObject({ purpose: 'other', state: 'active' });
    expect((await verifyKeys(quiet)).problems).toEqual([]);
  });

  it.each(['patient:1', 'medcomd:other', '', 'two words', 'x'.repeat(101)])(
    'cannot be called %j',
    async (name) => {
      await expect(createNamedKey(name, null)).rejects.toThrow(KeyError);
      await expect(addAlias('export:2026', name, null)).rejects.toThrow(KeyError);
    },
  );
});

describe('an alt name', () => {
  it('is added and removed, and leads to its key', async () => {
    const id = await addAlias('export:2026', 'archive', null);
    expect((await findKey('archive'))?.id).toBe(id.toHexString());
    await removeAlias(id.toHexString(), 'archive', null);
    expect(await findKey('archive')).toBeNull();
  });

  it('of another key is refused', async () => {
    await expect(addAlias('medcomd:shared', 'export:2026', null)).rejects.toThrow('another key');
    await expect(createNamedKey('medcomd:shared', null)).rejects.toThrow('does not begin');
  });

  it('by which a record finds its key cannot be removed', async () => {
    const { id, altNames } = await keyOf(ids[0] ?? '');
    const refusal = removeAlias(id, altNames[0] ?? '', null);
    await expect(refusal).rejects.toThrow(ids[0]);
    expect((await findKey(id))?.altNames).toEqual(altNames);
  });

  it('of the shared key cannot be removed', async () => {
    const refusal = removeAlias('medcomd:shared', 'medcomd:shared', null);
    await expect(refusal).rejects.toThrow('by which the clinic finds the key');
  });

  it('that the key does not have cannot be removed, nor one of no key', async () => {
    await expect(removeAlias('export:2026', 'nothing', null)).rejects.toThrow('nothing');
    await expect(addAlias('no such key', 'more', null)).rejects.toThrow('no such key');
  });
});

describe('verifyKeys', () => {
  const patients = () => clinic.plain.db(storedPatients().dbName).collection('patients');
  const at = (index: number) => new BSON.ObjectId(ids[index] ?? '');
  const raw = (index: number) => clinic.raw(ids[index] ?? '');

  /** Breaks something, verifies, repairs it. */
  async function problemsAfter(
    index: number,
    change: Record<string, unknown>,
  ): Promise<VerificationProblem[]> {
    const before = await raw(index);
    // Around the server's validator, as someone with its data in hand could.
    await patients().updateOne(
      { _id: at(index) },
      { $set: change },
      { bypassDocumentValidation: true },
    );
    const { problems } = await verifyKeys(quiet);
    await patients().replaceOne({ _id: at(index) }, before);
    return [...problems];
  }

  it('finds nothing in a clinic that is as it should be', async () => {
    const phases = new Set<string>();
    const found = await verifyKeys(({ phase }) => phases.add(phase));
    expect(found).toEqual({
      keys: PATIENTS + 2,
      records: PATIENTS + 1,
      erased: 0,
      values: PATIENTS * 5,
      problems: [],
    });
    expect([...phases]).toEqual(['verify-keys', 'verify-records']);
  });

  it('finds a record that holds what another patient’s key encrypted', async () => {
    const other = await raw(1);
    const problems = await problemsAfter(0, { bloodType: other['bloodType'] });
    expect(problems).toMatchObject([{ kind: 'field-under-other-key', id: ids[0] }]);
  });

  it('finds a ciphertext that was damaged', async () => {
    const { bloodType } = (await raw(0)) as { bloodType: BSON.Binary };
    const bytes = Buffer.from(bloodType.value());
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    const problems = await problemsAfter(0, { bloodType: new BSON.Binary(bytes, 6) });
    expect(problems).toMatchObject([{ kind: 'record-does-not-decrypt', id: ids[0] }]);
  });

  it('finds a field in clear', async () => {
    const problems = await problemsAfter(2, { bloodType: 'A+' });
    expect(problems).toMatchObject([{ kind: 'field-in-clear', id: ids[2] }]);
    expect(JSON.stringify(problems)).not.toContain('A+');
  });

  it('finds an erased record that still has something', async () => {
    const problems = await problemsAfter(1, { erasedAt: new Date() });
    expect(problems.map(({ kind }) => kind).sort()).toEqual([
      'erased-record-has-key',
      'erased-record-not-empty',
    ]);
  });

  it('finds a record whose key is gone', async () => {
    const { id } = await keyOf(ids[1] ?? '');
    const key = await keyVault().findOneAndDelete({ _id: new UUID(id) });
    const { problems } = await verifyKeys(quiet);
    expect(problems).toMatchObject([{ kind: 'record-without-key', id: ids[1] }]);
    if (key !== null) await keyVault().insertOne(key);
  });

  it('finds a key that does not open', async () => {
    const { id } = await keyOf(ids[1] ?? '');
    const key = await keyVault().findOne({ _id: new UUID(id) });
    const keyMaterial = new BSON.Binary(Buffer.alloc(160, 5));
    await keyVault().updateOne({ _id: new UUID(id) }, { $set: { keyMaterial } });
    const { problems } = await verifyKeys(quiet);
    expect(problems).toMatchObject([{ kind: 'key-does-not-open', id }]);
    await keyVault().updateOne(
      { _id: new UUID(id) },
      { $set: { keyMaterial: key?.keyMaterial ?? keyMaterial } },
    );
  });

  it('finds keys under a CMK that is not the policy’s', async () => {
    const { id } = await keyOf(ids[1] ?? '');
    const elsewhere = { provider: 'kmip', keyId: '7' };
    await keyVault().updateOne({ _id: new UUID(id) }, { $set: { masterKey: elsewhere } });
    const { problems } = await verifyKeys(quiet);
    expect(problems.map(({ kind }) => kind)).toContain('key-under-other-cmk');
    expect(problems[0]?.text).toContain('1 data keys are under kmip');
    await keyVault().updateOne(
      { _id: new UUID(id) },
      { $set: { masterKey: { provider: 'local' } } },
    );
    expect((await verifyKeys(quiet)).problems).toEqual([]);
  });
});
