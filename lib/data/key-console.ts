// The officer's key console: which CMK wraps which data keys, what they encrypt, and the operations that two officers
// agree on. Shows no patient, except name and date of birth of the one whose erasure is asked for.
import 'server-only';
import { ObjectId } from 'mongodb';
import { recordEvent, type AuditAction } from '@/lib/audit/record-event';
import type { Permission, Staff } from '@/lib/auth/permissions';
import { isUsable, users } from '@/lib/auth/users';
import { deskPatients, keyVaultDb } from '@/lib/db/connections';
import { operationsUnderWay, startApproved } from '@/lib/keys/approved-operations';
import { readInventory } from '@/lib/keys/inventory';
import { kmsOptions } from '@/lib/keys/kms';
import { finishedOperations } from '@/lib/keys/operations';
import {
  decideRequest,
  findRequest,
  listRequests,
  storeRequest,
  type KeyRequestRow,
} from '@/lib/keys/requests';
import { message } from '@/schemas/message';
import type { ErasureSubject, KeyConsole, KeyRequestView } from '@/schemas/key-console';
import type { KeyRequest } from '@/schemas/key-request';
import { answer, patientObjectId } from './access';
import { DataError } from './errors';

/** Everything that the console shows. */
export async function readKeyConsole(staff: Staff): Promise<KeyConsole> {
  return answer(staff, { permission: 'read:keys', action: 'read-keys' }, async () => {
    const underWay = operationsUnderWay();
    const [inventory, requests, finished] = await Promise.all([
      readInventory(),
      listRequests(keyVaultDb()),
      finishedOperations(keyVaultDb(), 10),
    ]);
    const value = {
      inventory,
      requests: await Promise.all(requests.map((row) => viewOf(row, staff, underWay))),
      finished,
      providers: configuredProviders(),
    };
    return { value };
  });
}

/** Who a record number belongs to, for the officer to compare with the letter on the desk. */
export async function findErasureSubject(staff: Staff, id: string): Promise<ErasureSubject> {
  const operation = {
    permission: 'request:key-operation',
    action: 'read-card',
    patientId: id,
    fields: ['name', 'contact.dateOfBirth'],
  } as const;
  return answer(staff, operation, async () => ({ value: await subjectOf(id) }));
}

/** Asks for an operation; another officer has to approve it. */
export async function requestKeyOperation(
  staff: Staff,
  request: KeyRequest,
): Promise<{ id: string }> {
  const operation = { ...about(request), permission: 'request:key-operation' } as const;
  return answer(staff, { ...operation, action: 'request-key-operation' }, async () => {
    if (request.kind === 'erase') await subjectOf(request.patientId);
    if (request.kind === 'migrate' && !configuredProviders().includes(request.to)) {
      throw new DataError('INVALID', {
        userMessage: message('keys.notConfigured'),
        field: 'to',
      });
    }
    await announce(staff, 'request-key-operation', request);
    const id = await storeRequest(keyVaultDb(), request, officer(staff));
    return { value: { id: id.toHexString() } };
  });
}

/**
 * Approves somebody else's request and starts its operation, once. `recordNumber` must be that of the patient if it is an
 * erasure. Throws DataError `CONFLICT` if it is not open any more or one's own.
 */
export async function approveKeyRequest(
  staff: Staff,
  id: string,
  recordNumber: string,
): Promise<void> {
  const approved = await decide(staff, id, 'approve-key-operation', async (row) => {
    const { request } = row;
    if (request.kind === 'erase' && request.patientId !== recordNumber) {
      throw new DataError('INVALID', {
        userMessage: message('keys.notThisNumber'),
        field: 'recordNumber',
      });
    }
    await requireOfficer(row.requestedBy.userId);
    await announce(staff, 'approve-key-operation', request);
    return decideRequest(keyVaultDb(), row._id, { by: officer(staff), state: 'approved' });
  });
  // Its end is awaited by nobody here: the console shows it.
  void startApproved(approved, staff.userId);
}

/** Refuses somebody else's request, or takes one's own back. Throws DataError `CONFLICT` if it is not open any more. */
export async function refuseKeyRequest(staff: Staff, id: string): Promise<void> {
  await decide(staff, id, 'refuse-key-operation', async (row) => {
    await announce(staff, 'refuse-key-operation', row.request);
    const own = row.requestedBy.userId === staff.userId;
    const state = own ? 'withdrawn' : 'refused';
    return decideRequest(keyVaultDb(), row._id, { by: officer(staff), state });
  });
}

/** Goes on with an approved operation that failed or whose process died. */
export async function resumeKeyRequest(staff: Staff, id: string): Promise<void> {
  const row = await decide(staff, id, 'approve-key-operation', (found) =>
    Promise.resolve(found.state === 'approved' || found.state === 'failed' ? found : null),
  );
  void startApproved(row, staff.userId);
}

async function decide(
  staff: Staff,
  id: string,
  action: AuditAction,
  work: (row: KeyRequestRow) => Promise<KeyRequestRow | null>,
): Promise<KeyRequestRow> {
  const permission: Permission = 'approve:key-operation';
  return answer(staff, { permission, action }, async () => {
    const found = await findRequest(keyVaultDb(), requestId(id));
    if (found === null)
      throw new DataError('NOT_FOUND', { userMessage: message('keys.noSuchRequest') });
    const { patientIds } = about(found.request);
    const row = await work(found);
    if (row === null) throw new DataError('CONFLICT', { userMessage: notYours(found, staff) });
    return { value: row, patientIds };
  });
}

/** Before anything changes: what the log cannot take does not happen (C-34). */
async function announce(staff: Staff, action: AuditAction, request: KeyRequest): Promise<void> {
  const { userId, role, sessionId: session } = staff;
  const { patientIds, reason } = about(request);
  await recordEvent({ action, outcome: 'begun', userId, role, session, patientIds, reason });
}

function notYours(row: KeyRequestRow, staff: Staff): string {
  if (row.state !== 'open') return message('keys.notOpen', { state: row.state });
  return row.requestedBy.userId === staff.userId
    ? message('keys.ownRequest')
    : message('keys.answered');
}

/** The one who asked must still be an officer: two persons stand behind an operation, not one and a closed account. */
async function requireOfficer(userId: string): Promise<void> {
  const user = await users().findOne({ _id: new ObjectId(userId) });
  if (user !== null && isUsable(user) && user.role === 'officer') return;
  throw new DataError('CONFLICT', {
    userMessage: message('keys.noOfficer'),
  });
}

async function subjectOf(id: string): Promise<ErasureSubject> {
  const patient = await deskPatients().findOne(
    { _id: patientObjectId(id) },
    { projection: { name: 1, 'contact.dateOfBirth': 1, erasedAt: 1 } },
  );
  if (patient === null) {
    throw new DataError('INVALID', {
      userMessage: message('keys.noPatient'),
      field: 'patientId',
    });
  }
  const { name, contact, erasedAt } = patient;
  return { name, dateOfBirth: contact.dateOfBirth, erased: erasedAt !== undefined };
}

async function viewOf(
  row: KeyRequestRow,
  staff: Staff,
  underWay: ReadonlySet<string>,
): Promise<KeyRequestView> {
  const { request, requestedBy, requestedAt, expiresAt, state, decidedBy, decidedAt } = row;
  const subject =
    request.kind === 'erase' && state === 'open'
      ? await subjectOf(request.patientId).catch(() => null)
      : null;
  return {
    id: row._id.toHexString(),
    ...{ request, requestedAt, expiresAt, state, decidedAt, subject },
    requestedBy: requestedBy.name,
    decidedBy: decidedBy?.name ?? null,
    own: requestedBy.userId === staff.userId,
    underWay: underWay.has(row._id.toHexString()) && state !== 'done',
    messages: row.messages,
  };
}

function about(request: KeyRequest) {
  const { reason } = request;
  return request.kind === 'erase'
    ? { reason, patientId: request.patientId, patientIds: [request.patientId] }
    : { reason, patientIds: [] };
}

function officer({ userId, name }: Staff) {
  return { userId, name };
}

function requestId(id: string): ObjectId {
  if (!/^[0-9a-f]{24}$/.test(id)) {
    throw new DataError('NOT_FOUND', { userMessage: message('keys.noSuchRequest') });
  }
  return new ObjectId(id);
}

function configuredProviders(): string[] {
  return Object.keys(kmsOptions().kmsProviders);
}
