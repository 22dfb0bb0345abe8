// What is left of an erased patient: nothing in a backup of the records, nothing in a process that had the key for longer
// than is stated, nothing in this clinic's own backups of the vault; but a copy of the vault made elsewhere still opens it.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Binary, BSON, type Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addMeasurement, registerPatient } from '@/lib/data';
import { openTestClinic, registration, type TestClinic } from '@/lib/data/testing/clinic';
import { currentKeyPolicy, currentNames } from '@/lib/db/connections';
import { createDoctorClient } from '@/lib/db/doctor-client';
import { databaseNames, KEY_VAULT, PATIENTS } from '@/lib/db/names';
import { testServerUri, uniqueName } from '@/lib/testing/server';
import { kmsOptions } from '../kms';
import { backupKeyVault, erasePatient } from '../operations';
import type { ReadOrder, ReadResult } from './holder-process';
import { measurement } from './person';
import { bundlePrograms, startProcess, type ProofProcess, type Programs } from './processes';

const KEY_EXPIRATION_MS = 1500;
const WAIT_MS = KEY_EXPIRATION_MS + 1000;

let clinic: TestClinic;
let programs: Programs;
let holder: ProofProcess<ReadOrder, ReadResult | 'ready'>;
const folder = mkdtempSync(join(tmpdir(), 'medco-erased-'));
const copies = databaseNames(`${uniqueName('t')}_`);
let erased: string;
let kept: string;
let erasedKey: Document;

beforeAll(async () => {
  process.env['KEY_EXPIRATION_MS'] = String(KEY_EXPIRATION_MS);
  clinic = await openTestClinic();
  programs = await bundlePrograms(['holder-process']);
  const { doctor } = clinic.staff;
  ({ id: erased } = await registerPatient(doctor, registration(1)));
  ({ id: kept } = await registerPatient(doctor, registration(2)));
  for (const id of [erased, kept]) await addMeasurement(doctor, id, measurement(id, 1));
  const { keyAltName } = await clinic.raw(erased);
  erasedKey = (await vault().findOne({ keyAltNames: keyAltName })) ?? {};
  await backupKeyVault(folder);
  // As an administrator copies: records and vault, byte for byte.
  for (const [from, to, name] of collections()) {
    const all = await clinic.plain.db(from).collection(name).find().toArray();
    await clinic.plain.db(to).collection(name).insertMany(all);
  }
  holder = startProcess(programs.path('holder-process'), () => undefined);
  await holder.first((message) => message === 'ready');
});
afterAll(async () => {
  holder.child.disconnect();
  await holder.ended;
  for (const [, to] of collections()) await clinic.plain.db(to).dropDatabase();
  await clinic.close();
  programs.remove();
  rmSync(folder, { recursive: true, force: true });
});

function collections(): [from: string, to: string, collection: string][] {
  const names = currentNames();
  return [
    [names.patients, copies.patients, PATIENTS],
    [names.keyVault, copies.keyVault, KEY_VAULT],
  ];
}

function vault() {
  return clinic.plain.db(currentNames().keyVault).collection(KEY_VAULT);
}

async function ask(id: string): Promise<ReadResult> {
  const answer = holder.first((message): message is ReadResult => message !== 'ready');
  holder.say({ id, doctor: clinic.staff.doctor });
  return answer;
}

/** Reads every patient of the restored copy with the keys of a vault; what does not decrypt is left out. */
async function readCopy(keyVaultNamespace: string): Promise<Map<string, unknown>> {
  const { sharedKeyId } = await currentKeyPolicy();
  const client = createDoctorClient({
    uri: testServerUri(),
    names: { ...copies, keyVaultNamespace },
    kms: kmsOptions(),
    keyVaultClient: clinic.plain,
    sharedKeyId,
    keyExpirationMS: KEY_EXPIRATION_MS,
  });
  const found = new Map<string, unknown>();
  try {
    const patients = client.db(copies.patients).collection(PATIENTS);
    for (const _id of await clinic.plain.db(copies.patients).collection(PATIENTS).distinct('_id')) {
      const patient = await patients.findOne({ _id }).catch(() => null);
      if (patient !== null) found.set(String(_id), patient['bloodType']);
    }
  } finally {
    await client.close();
  }
  return found;
}

describe('an erased patient', () => {
  it('is gone for a process that has the key: at once on pages, in the stated time beneath them', async () => {
    expect(await ask(erased)).toEqual({ raw: 'clear', page: 'clear' });
    await erasePatient({
      patientId: erased,
      startedBy: null,
      backupDir: folder,
      onProgress: () => undefined,
    });
    const erasedAt = Date.now();
    expect((await ask(erased)).page).toBe('erased');
    let result = await ask(erased);
    while (result.raw === 'clear' && Date.now() - erasedAt < WAIT_MS) result = await ask(erased);
    expect(result).toEqual({ raw: 'fails', page: 'erased' });
    expect(await ask(kept)).toEqual({ raw: 'clear', page: 'clear' });
  });

  it('stays gone in a backup of the records that is restored elsewhere; all others read', async () => {
    const read = await readCopy(currentNames().keyVaultNamespace);
    expect([...read]).toEqual([[kept, registration(2).bloodType]]);
  });

  it('is no longer in this clinic’s own backups of the key vault, in any spelling; the others are', () => {
    const files = readdirSync(folder);
    expect(files).toHaveLength(1);
    const text = files.map((name) => readFileSync(join(folder, name), 'latin1')).join();
    const material = Buffer.from((erasedKey['keyMaterial'] as Binary).buffer);
    for (const form of ['base64', 'hex', 'latin1'] as const) {
      expect(text).not.toContain(material.toString(form));
    }
    const lines = text
      .trim()
      .split('\n')
      .map((line) => BSON.EJSON.parse(line) as Document);
    // The policy, the shared key, and the other patient's.
    expect(lines).toHaveLength(3);
  });

  it('is read by whoever kept a copy of the vault from before: that is what the manual says', async () => {
    const read = await readCopy(copies.keyVaultNamespace);
    expect(read.get(erased)).toBe(registration(1).bloodType);
    expect(read.size).toBe(2);
  });
});
