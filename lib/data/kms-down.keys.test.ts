// The key service goes away and comes back under a running clinic: reads go on from memory for their time, then everything
// that needs a key is refused with its name and since when, nothing is stored, and nobody restarts anything.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { closeConnections, currentNames } from '@/lib/db/connections';
import { AUDIT_EVENTS } from '@/lib/db/names';
import { measurementSchema } from '@/schemas/measurement';
import { ensurePykmip, startPykmip, type Pykmip } from '../../peers/pykmip.ts';
import { makeCertificates, type Certificates } from '../encryption/testing/certificates.ts';
import * as data from './index';
import { registration, type TestClinic } from './testing/clinic';
import { CACHE_MS, openClinicAt, refusal, stored } from './testing/outage';

const hasKmip = await ensurePykmip();
const beat = measurementSchema.parse({ heartRate: '60' });

/** Each function that needs a key, with a record that was read before. */
function everyUseOfKeys({ staff: { doctor } }: TestClinic, id: string, incomplete: string) {
  const { ssn } = registration(1);
  return {
    getPatientRecord: () => data.getPatientRecord(doctor, id),
    revealSsn: () => data.revealSsn(doctor, id),
    search: () => data.searchPatients(doctor, { text: ssn, by: 'ssn' }),
    registerPatient: () => data.registerPatient(doctor, registration(90)),
    completeRegistration: () => data.completeRegistration(doctor, incomplete, registration(91)),
    addMeasurement: () => data.addMeasurement(doctor, id, beat),
    updateInsurance: () =>
      data.updateInsurance(doctor, id, { provider: 'Elsewhere', policyNumber: '77' }),
  };
}

describe.skipIf(!hasKmip)('a KMIP server that is down', () => {
  let clinic: TestClinic;
  let certificates: Certificates;
  let server: Pykmip;
  let id: string;
  let incomplete: string;
  const keyStore = mkdtempSync(join(tmpdir(), 'medco-kmip-'));

  beforeAll(async () => {
    certificates = await makeCertificates();
    server = await startPykmip(certificates, { keyStore });
    const { cert, key } = await certificates.issueClient();
    ({ clinic, id, incomplete } = await openClinicAt({
      KMS_PROVIDER: 'kmip',
      KMS_KMIP_SERVER_NAME: server.address,
      KMS_KMIP_SERVER_CA_FILE: certificates.caFile,
      KMS_KMIP_CLIENT_CERTIFICATE_FILE: cert,
      KMS_KMIP_CLIENT_KEY_FILE: key,
    }));
  });
  afterAll(async () => {
    await clinic.close();
    await server.stop();
    await certificates.remove();
    rmSync(keyStore, { recursive: true, force: true });
    vi.unstubAllEnvs();
  });

  it('is not missed until memory expires, then stops reads and writes, and is back without a restart', async () => {
    const { doctor } = clinic.staff;
    const before = await stored(clinic);
    await closeConnections();
    await data.getPatientRecord(doctor, id);
    await server.kill();
    // From memory.
    const record = await data.getPatientRecord(doctor, id);
    expect(record.bloodType).toEqual({ state: 'clear', value: registration(1).bloodType });

    await delay(CACHE_MS + 100);
    const from = new Date();
    const said = new Set<string>();
    for (const [name, use] of Object.entries(everyUseOfKeys(clinic, id, incomplete))) {
      const refused = await refusal(use());
      expect([name, refused.code]).toEqual([name, 'KEYS_UNAVAILABLE']);
      said.add(refused.said);
    }
    // All name the first failure, not their own.
    expect(said.size).toBe(1);
    const minutes = [from, new Date()].map((time) => time.toISOString().slice(11, 16));
    const [sentence = ''] = said;
    const since = /^The key service \(KMIP\) has not answered since (\d\d:\d\d) UTC\./.exec(
      sentence,
    );
    expect(minutes).toContain(since?.[1]);
    expect(await stored(clinic)).toEqual(before);

    // What needs no key goes on, and finds the record.
    const byName = await data.searchPatients(doctor, { text: registration(1).name, by: 'name' });
    expect(byName.patients.map((found) => found.id)).toContain(id);
    await data.updateContact(clinic.staff.receptionist, id, {
      name: registration(1).name,
      contact: registration(1).contact,
    });

    const events = clinic.plain.db(currentNames().clinic).collection(AUDIT_EVENTS);
    const refused = await events.distinct('action', { outcome: 'unavailable' });
    expect(refused.sort()).toEqual([
      ...['add-visit', 'complete-registration', 'read-record', 'register-patient'],
      ...['reveal-ssn', 'search', 'update-insurance'],
    ]);

    await server.restart();
    const uses = everyUseOfKeys(clinic, id, incomplete);
    for (const use of Object.values(uses)) await use();
    const later = await data.getPatientRecord(doctor, id);
    expect(later).toMatchObject({ visits: { value: [{ heartRate: 60 }] } });
  });
});
