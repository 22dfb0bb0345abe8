// The audit log as officers read it: filtered, page by page, newest first; as a file; and the question who searched a
// number, which is asked without the number being stored. Reading the log is itself an event of it.
import 'server-only';
import { ObjectId, type Filter } from 'mongodb';
import { auditEvents } from '@/lib/audit/append';
import type { StoredEvent } from '@/lib/audit/chain';
import { patientPseudonym, searchedDigest } from '@/lib/audit/pseudonyms';
import { verifyChain } from '@/lib/audit/verify';
import type { Staff } from '@/lib/auth/permissions';
import { users } from '@/lib/auth/users';
import {
  MOST_SEARCHES,
  type AuditFilter,
  type AuditPage,
  type AuditRow,
  type ChainReport,
  type WhoSearched,
} from '@/schemas/audit-log';
import { answer } from './access';

const PAGE_SIZE = 50;
/** Of more, a file holds the oldest, and its reader is told. */
export const MOST_EXPORTED = 50_000;

/** One page of events that satisfy every given filter, newest first. `before` is the `next` of the page before it. */
export async function readAuditLog(
  staff: Staff,
  filter: AuditFilter,
  before: number | null,
): Promise<AuditPage> {
  const operation = { permission: 'read:audit', action: 'read-audit', ...about(filter) } as const;
  return answer(staff, operation, async () => ({
    value: await readPage(await toQuery(filter), before),
  }));
}

/** Every event that satisfies the filters, oldest first, at most `MOST_EXPORTED`; `whole` says whether that was all. */
export async function exportAuditLog(
  staff: Staff,
  filter: AuditFilter,
): Promise<{ events: AuditRow[]; whole: boolean }> {
  const operation = {
    permission: 'export:audit',
    action: 'export-audit',
    ...about(filter),
  } as const;
  return answer(staff, operation, async () => {
    const found = await auditEvents()
      .find(await toQuery(filter))
      .sort({ seq: 1 })
      .limit(MOST_EXPORTED + 1)
      .toArray();
    const events = await withNames(found.slice(0, MOST_EXPORTED));
    return { value: { events, whole: found.length <= MOST_EXPORTED } };
  });
}

/** The latest `MOST_SEARCHES` searches for one number, newest first. The number itself goes no further than its keyed digest (C-35). */
export async function whoSearched(staff: Staff, { kind, text }: WhoSearched): Promise<AuditRow[]> {
  const operation = {
    permission: 'read:audit',
    action: 'read-audit',
    fields: ['searched'],
    searched: { kind, text },
  } as const;
  return answer(staff, operation, async () => {
    const { digest } = searchedDigest(kind, text);
    const found = await auditEvents()
      .find({ 'searched.digest': digest, action: { $in: ['search', 'check-duplicate'] } })
      .sort({ seq: -1 })
      .limit(MOST_SEARCHES)
      .toArray();
    return { value: await withNames(found) };
  });
}

/** Each page of a chart asks who may see it; that shows nothing of the patient. */
const OF_THE_RECORD: Filter<StoredEvent>['action'] = { $ne: 'read-care-team' };

/** Everything that was done with one record, newest first: who saw which fields, when, and why (A28). */
export async function readAccessHistory(
  staff: Staff,
  patientId: string,
  before: number | null,
): Promise<AuditPage> {
  const operation = {
    permission: 'read:access-history',
    action: 'read-access-history',
    patientId,
  } as const;
  return answer(staff, operation, async () => ({
    value: await readPage({ patients: patientPseudonym(patientId), action: OF_THE_RECORD }, before),
  }));
}

/** Newest first, from the position before `before` on; one event more is read to know whether there is another page. */
async function readPage(query: Filter<StoredEvent>, before: number | null): Promise<AuditPage> {
  const found = await auditEvents()
    .find({ ...query, ...(before !== null && { seq: { $lt: before } }) })
    .sort({ seq: -1 })
    .limit(PAGE_SIZE + 1)
    .toArray();
  const shown = found.slice(0, PAGE_SIZE);
  const last = shown.at(-1);
  const next = found.length > PAGE_SIZE && last !== undefined ? last.seq : null;
  return { events: await withNames(shown), next };
}

/** Follows the whole chain: whether the log is what was written (C-36). */
export async function checkAuditChain(staff: Staff): Promise<ChainReport> {
  const operation = { permission: 'read:audit', action: 'read-audit' } as const;
  return answer(staff, operation, async () => ({ value: await verifyChain() }));
}

function about({ patientId }: AuditFilter): { patientId?: string } {
  return patientId === undefined ? {} : { patientId };
}

async function toQuery(filter: AuditFilter): Promise<Filter<StoredEvent>> {
  const { user, patientId, action, outcome, from, until } = filter;
  const query: Filter<StoredEvent> = {};
  if (user !== undefined) {
    const account = await users().findOne({ username: user.toLowerCase() });
    query.userId = account === null ? 'nobody of that name' : account._id.toHexString();
  }
  if (patientId !== undefined) query.patients = patientPseudonym(patientId);
  if (action !== undefined) query.action = action;
  if (outcome !== undefined) query.outcome = outcome;
  if (from !== undefined || until !== undefined) {
    query.time = { ...(from && { $gte: from }), ...(until && { $lt: until }) };
  }
  return query;
}

async function withNames(events: readonly StoredEvent[]): Promise<AuditRow[]> {
  const ids = [...new Set(events.flatMap(({ userId }) => userId ?? []))];
  const known = await users()
    .find({ _id: { $in: ids.filter((id) => ObjectId.isValid(id)).map((id) => new ObjectId(id)) } })
    .project<{ _id: ObjectId; name: string; username: string }>({ name: 1, username: 1 })
    .toArray();
  const people = new Map(known.map((user) => [user._id.toHexString(), user]));
  return events.map((event) => {
    const person = event.userId === null ? undefined : people.get(event.userId);
    return {
      seq: event.seq,
      time: event.time,
      user: person === undefined ? null : { name: person.name, username: person.username },
      userId: event.userId,
      role: event.role,
      session: event.session?.slice(0, 8) ?? null,
      action: event.action,
      outcome: event.outcome,
      patients: [...event.patients],
      fields: [...event.fields],
      reason: event.reason ?? null,
      emergency: event.purpose === 'ETREAT',
      operationId: event.operationId ?? null,
    };
  });
}
