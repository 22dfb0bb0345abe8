// Preparing a database again: nothing changes with the right master key, and nothing starts with another.
import { renameSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestClinic, registration, type TestClinic } from '@/lib/data/testing/clinic';
import { getPatientRecord, registerPatient } from '@/lib/data';
import { env } from '@/lib/env';
import { createMasterKeyFile } from '@/lib/keys/master-key';
import { closeConnections, currentNames } from './connections';
import { KEY_VAULT } from './names';
import { prepareDatabase } from './prepare-database';
import { wholeRecord } from '@/lib/data/testing/whole-record';

let clinic: TestClinic;
let id: string;
beforeAll(async () => {
  clinic = await openTestClinic();
  ({ id } = await registerPatient(clinic.staff.doctor, registration(1)));
});
afterAll(() => clinic.close());

const vault = () => clinic.plain.db(currentNames().keyVault).collection(KEY_VAULT);

describe('preparing a database that is prepared', () => {
  it('keeps the keys and the records', async () => {
    const before = await vault().find().sort({ _id: 1 }).toArray();
    await prepareDatabase();
    expect(await vault().find().sort({ _id: 1 }).toArray()).toEqual(before);
    expect((await wholeRecord(clinic.staff.doctor, id)).ssn).toBe(registration(1).ssn);
  });

  it('refuses a master key that is not the one its keys were made under', async () => {
    const file = env().masterKeyFile;
    renameSync(file, `${file}.kept`);
    createMasterKeyFile(file);
    await expect(prepareDatabase()).rejects.toMatchObject({
      name: 'KeyError',
      code: 'MASTER_KEY',
      message: expect.stringContaining('does not open the key vault') as string,
    });

    renameSync(`${file}.kept`, file);
    await closeConnections();
    await prepareDatabase();
    expect((await getPatientRecord(clinic.staff.doctor, id)).bloodType).toEqual({
      state: 'clear',
      value: registration(1).bloodType,
    });
  });
});
