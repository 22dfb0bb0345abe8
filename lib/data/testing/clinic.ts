// For integration tests: a clinic with databases of its own on the server under test, set up by the code
// that sets up a real one. Import before anything that reads settings.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient, ObjectId } from 'mongodb';
import type { Role, Staff } from '@/lib/auth/permissions';
import { closeConnections, currentNames } from '@/lib/db/connections';
import { PATIENTS } from '@/lib/db/names';
import { prepareDatabase } from '@/lib/db/prepare-database';
import { env } from '@/lib/env';
import { createMasterKeyFile } from '@/lib/keys/master-key';
import { testServerUri, uniqueName } from '@/lib/testing/server';
import type { PatientRegistration } from '@/schemas/patient';

export interface TestClinic {
  staff: Record<Role, Staff>;
  /** A client that nobody set up: no CSFLE, every database. */
  plain: MongoClient;
  /** The document as it lies in the database. */
  raw: (id: string) => Promise<Record<string, unknown>>;
  close: () => Promise<void>;
}

export async function openTestClinic(): Promise<TestClinic> {
  const dataDir = mkdtempSync(join(tmpdir(), 'medco-clinic-'));
  process.env['MEDCO_MODE'] = 'demo';
  process.env['MEDCO_DATA_DIR'] = dataDir;
  process.env['MEDCO_DATABASE_PREFIX'] = `${uniqueName('t')}_`;
  process.env['MONGODB_URI'] = testServerUri();
  createMasterKeyFile(env().masterKeyFile);
  await prepareDatabase();
  const names = currentNames();
  const plain = new MongoClient(testServerUri());
  return {
    staff: {
      doctor: member('doctor'),
      receptionist: member('receptionist'),
      officer: member('officer'),
    },
    plain,
    raw: async (id) => {
      const document = await plain
        .db(names.patients)
        .collection(PATIENTS)
        .findOne({ _id: new ObjectId(id) });
      if (document === null) throw new Error('Expected the patient, got none');
      return document;
    },
    close: async () => {
      await closeConnections();
      for (const name of [names.patients, names.keyVault, names.clinic]) {
        await plain.db(name).dropDatabase();
      }
      await plain.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A registration that every rule accepts; `serial` makes its SSN and name its own. */
export function registration(serial: number): PatientRegistration {
  const digits = String(serial).padStart(4, '0');
  return {
    name: `Ágata O'Neill-${'abcdefghij'.charAt(serial % 10)}`,
    contact: {
      phone: `(555) 010-${digits}`,
      email: `agata${digits}@example.com`,
      address: `${serial} Elm Street, Kestrel Bay`,
      dateOfBirth: '1984-03-09',
    },
    ssn: `90001${digits}`,
    bloodType: 'AB-',
    insurance: { provider: 'MaestCare', policyNumber: String(400_000_000 + serial) },
  };
}

function member(role: Role): Staff {
  const userId = new ObjectId().toHexString();
  return { userId, name: `Test ${role}`, role, sessionId: `session-of-${role}` };
}
