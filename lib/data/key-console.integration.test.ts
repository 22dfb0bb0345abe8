// The officer's key console: two persons for every operation, each step in the audit log, nobody else at the door.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ObjectId } from 'mongodb';
import { AUDIT_EVENTS } from '@/lib/db/names';
import { clinicDb, keyVault, keyVaultDb } from '@/lib/db/connections';
import type { Staff } from '@/lib/auth/permissions';
import { users } from '@/lib/auth/users';
import { operationsUnderWay, startApproved } from '@/lib/keys/approved-operations';
import { findRequest, storeRequest, OPEN_MS } from '@/lib/keys/requests';
import type { KeyRequest } from '@/schemas/key-request';
import {
  approveKeyRequest,
  findErasureSubject,
  getPatientRecord,
  readKeyConsole,
  refuseKeyRequest,
  registerPatient,
  requestKeyOperation,
  resumeKeyRequest,
} from './index';
import { openTestClinic, registration, type TestClinic } from './testing/clinic';
import { wholeRecord } from './testing/whole-record';

let clinic: TestClinic;
let first: Staff;
let second: Staff;
let erasedId: string;
let keptId: string;
const rotation: KeyRequest = { kind: 'retire', reason: 'Yearly replacement' };

async function officer(name: string): Promise<Staff> {
  const _id = new ObjectId();
  await users().insertOne({
    ...{ _id, username: name, name, role: 'officer', passwordHash: '' },
    ...{ disabled: false, demo: false, createdAt: new Date() },
  });
  return { ...clinic.staff.officer, userId: _id.toHexString(), name };
}

const outcomesOf = async (action: string): Promise<unknown[]> =>
  (await clinicDb().collection(AUDIT_EVENTS).find({ action }).sort({ time: 1 }).toArray()).map(
    ({ outcome }) => outcome as unknown,
  );

/** The operation of a request runs beside the answer; this waits for its end. */
async function ended(id: string): Promise<void> {
  const row = await findRequest(keyVaultDb(), new ObjectId(id));
  if (row === null) throw new Error('Expected the request, got none');
  if (operationsUnderWay().has(id)) await startApproved(row, second.userId);
}

beforeAll(async () => {
  process.env['KEY_EXPIRATION_MS'] = '200';
  clinic = await openTestClinic();
  [first, second] = [await officer('ines'), await officer('viktor')];
  ({ id: erasedId } = await registerPatient(clinic.staff.doctor, registration(1)));
  ({ id: keptId } = await registerPatient(clinic.staff.doctor, registration(2)));
});
afterAll(() => clinic.close());

describe('the key console', () => {
  it('shows an officer what protects what, and no value of a patient', async () => {
    const console = await readKeyConsole(first);
    expect(console.inventory.counts.keys).toBe(3);
    expect(console.inventory.patients.total).toBe(2);
    expect(JSON.stringify(console)).not.toContain(registration(1).ssn);
    expect(JSON.stringify(console)).not.toContain(registration(1).name);
  });

  it.each(['doctor', 'receptionist'] as const)('is closed to a %s', async (role) => {
    const staff = clinic.staff[role];
    const id = new ObjectId().toHexString();
    const attempts = [
      () => readKeyConsole(staff),
      () => findErasureSubject(staff, keptId),
      () => requestKeyOperation(staff, rotation),
      () => approveKeyRequest(staff, id, ''),
      () => refuseKeyRequest(staff, id),
      () => resumeKeyRequest(staff, id),
    ];
    for (const attempt of attempts) {
      await expect(attempt()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
  });
});

describe('a request', () => {
  it('is not approved by the one who asked', async () => {
    const { id } = await requestKeyOperation(first, rotation);
    await expect(approveKeyRequest(first, id, '')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await findRequest(keyVaultDb(), new ObjectId(id))).toMatchObject({ state: 'open' });
    await refuseKeyRequest(first, id);
    expect(await findRequest(keyVaultDb(), new ObjectId(id))).toMatchObject({ state: 'withdrawn' });
  });

  it('is started once when two officers approve it at once, and every record reads afterwards', async () => {
    const { id } = await requestKeyOperation(first, rotation);
    const third = await officer('third');
    const answers = await Promise.allSettled([
      approveKeyRequest(second, id, ''),
      approveKeyRequest(third, id, ''),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await ended(id);
    expect(await findRequest(keyVaultDb(), new ObjectId(id))).toMatchObject({ state: 'done' });
    const { finished } = await readKeyConsole(first);
    expect(finished.map(({ kind }) => kind)).toEqual(['retire']);
    expect((await wholeRecord(clinic.staff.doctor, keptId)).ssn).toBe(registration(2).ssn);
  });

  // The console looks again only while something is under way: a request that showed as neither would stay so.
  it('shows as under way until it shows as done, and no key as unknown meanwhile', async () => {
    // Young keys of nobody are taken for those of registrations that are about to be stored.
    await keyVault().updateMany({}, { $set: { creationDate: new Date(0) } });
    const { id } = await requestKeyOperation(first, rotation);
    await approveKeyRequest(second, id, '');
    const seen = new Set<string>();
    let unknown = 0;
    const watch = async (): Promise<void> => {
      for (;;) {
        const { requests, inventory } = await readKeyConsole(first);
        unknown = Math.max(unknown, inventory.counts.byState.unknown);
        const shown = requests.find((request) => request.id === id);
        seen.add(shown?.underWay === true ? 'under way' : String(shown?.state));
        if (shown?.state === 'done') return;
      }
    };
    await Promise.all(Array.from({ length: 4 }, watch));
    expect([...seen]).toEqual(['under way', 'done']);
    expect(unknown).toBe(0);
  });

  it('does nothing once it was refused', async () => {
    const { id } = await requestKeyOperation(first, rotation);
    await refuseKeyRequest(second, id);
    await expect(approveKeyRequest(second, id, '')).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(resumeKeyRequest(second, id)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('does nothing when it is a day old', async () => {
    const { userId, name } = first;
    const long = new Date(Date.now() - OPEN_MS - 1);
    const id = await storeRequest(keyVaultDb(), rotation, { userId, name }, long);
    const attempt = approveKeyRequest(second, id.toHexString(), '');
    await expect(attempt).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await findRequest(keyVaultDb(), id)).toMatchObject({ state: 'expired' });
  });

  it('does nothing when the account of who asked was closed', async () => {
    const gone = await officer('gone');
    const { id } = await requestKeyOperation(gone, rotation);
    await users().updateOne({ username: 'gone' }, { $set: { disabled: true } });
    await expect(approveKeyRequest(second, id, '')).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('for a provider that is not configured is refused', async () => {
    const request = { kind: 'migrate', to: 'kmip', how: 'rewrap', reason: 'A new server' } as const;
    await expect(requestKeyOperation(first, request)).rejects.toMatchObject({ field: 'to' });
  });

  it('that fails says why, and can be gone on with', async () => {
    const { id } = await requestKeyOperation(first, { kind: 'rotate', reason: 'A new file' });
    await approveKeyRequest(second, id, '');
    await ended(id);
    const failed = await findRequest(keyVaultDb(), new ObjectId(id));
    expect(failed).toMatchObject({ state: 'failed' });
    const [why, detail] = failed?.messages ?? [];
    expect(why).toBe('keys.failed.masterKey');
    expect(detail).toContain('MEDCO_NEXT_MASTER_KEY_FILE');
    await resumeKeyRequest(first, id);
    await ended(id);
    expect(await findRequest(keyVaultDb(), new ObjectId(id))).toMatchObject({ state: 'failed' });
  });
});

describe('an erasure', () => {
  const reason = 'Letter of 3 January';
  it('names the person by name and date of birth, and no other field', async () => {
    expect(await findErasureSubject(first, erasedId)).toEqual({
      name: registration(1).name,
      dateOfBirth: registration(1).contact.dateOfBirth,
      erased: false,
    });
    const nobody = findErasureSubject(first, new ObjectId().toHexString());
    await expect(nobody).rejects.toMatchObject({ field: 'patientId' });
  });

  it('is done only with the record number in the hands of the second officer', async () => {
    const request = { kind: 'erase', patientId: erasedId, reason } as const;
    const { id } = await requestKeyOperation(first, request);
    const attempt = approveKeyRequest(second, id, keptId);
    await expect(attempt).rejects.toMatchObject({ code: 'INVALID', field: 'recordNumber' });
    expect(await getPatientRecord(clinic.staff.doctor, erasedId)).toMatchObject({ erased: false });
    await approveKeyRequest(second, id, erasedId);
    await ended(id);
    expect(await findRequest(keyVaultDb(), new ObjectId(id))).toMatchObject({ state: 'done' });
    expect(await getPatientRecord(clinic.staff.doctor, erasedId)).toMatchObject({ erased: true });
    expect(await getPatientRecord(clinic.staff.doctor, keptId)).toMatchObject({ erased: false });
  });
});

describe('the audit log', () => {
  it('has every step', async () => {
    expect(await outcomesOf('request-key-operation')).toEqual(
      expect.arrayContaining(['ok', 'denied', 'invalid']),
    );
    expect(await outcomesOf('approve-key-operation')).toEqual(
      expect.arrayContaining(['ok', 'denied', 'conflict', 'invalid']),
    );
    expect(await outcomesOf('refuse-key-operation')).toEqual(
      expect.arrayContaining(['ok', 'denied']),
    );
    expect(await outcomesOf('erase-patient')).toEqual(['begun', 'ok']);
  });

  it('that cannot be written stops the request', async () => {
    const events = clinicDb().collection(AUDIT_EVENTS);
    const before = (await readKeyConsole(first)).requests.length;
    const begun = () => events.countDocuments({ action: 'retire-key', outcome: 'begun' });
    const begunBefore = await begun();
    await clinicDb().command({
      collMod: AUDIT_EVENTS,
      validator: { action: { $nin: ['request-key-operation', 'approve-key-operation'] } },
    });
    await expect(requestKeyOperation(first, rotation)).rejects.toThrow();
    await clinicDb().command({ collMod: AUDIT_EVENTS, validator: {} });
    // The request lies there, but nobody was told its id, and an approval is audited before it starts anything.
    expect((await readKeyConsole(first)).requests.length - before).toBeLessThanOrEqual(1);
    expect(await begun()).toBe(begunBefore);
  });
});
