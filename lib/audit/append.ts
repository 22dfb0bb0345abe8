// Appends events to the chain, one after the other within a process. Several processes may append at once: the unique
// index on `seq` lets one of them have a position, and the others look again where the chain ends.
import 'server-only';
import { setTimeout as delay } from 'node:timers/promises';
import { MongoServerError, ObjectId, type Collection } from 'mongodb';
import { clinicDb } from '@/lib/db/connections';
import { AUDIT_EVENTS } from '@/lib/db/names';
import { untilNoConflict } from '@/lib/db/write-conflict';
import { BEFORE_FIRST, hashOf, type ChainPoint, type StoredEvent } from './chain';
import { readSignedHead, writeSignedHead } from './signed-head';

export type NewEvent = Omit<StoredEvent, '_id' | 'seq' | 'previous' | 'hash'>;

const DUPLICATE_KEY = 11000;
/** Each failure means that another process has appended. */
const MOST_ATTEMPTS = 200;
const HEAD_PAUSE_MS = 250;

interface Chain {
  database: string;
  /** Settles when the last append has; never rejects. */
  tail: Promise<unknown>;
  end?: ChainPoint;
}

// A module is evaluated anew on each hot reload; the process has one globalThis.
const kept: { medcomdAuditChain?: Chain } & typeof globalThis = globalThis;

export function auditEvents(): Collection<StoredEvent> {
  return clinicDb().collection<StoredEvent>(AUDIT_EVENTS);
}

/** Rejects if the event cannot be written; then it is not in the chain, unless the server's answer was lost. */
export function appendEvent(event: NewEvent): Promise<void> {
  const database = clinicDb().databaseName;
  let current = kept.medcomdAuditChain;
  if (current?.database !== database) {
    current = kept.medcomdAuditChain = { database, tail: Promise.resolve() };
  }
  return inTurn(current, event);
}

function inTurn(current: Chain, event: NewEvent): Promise<void> {
  const appended = current.tail.then(() => append(current, event));
  current.tail = appended.catch(() => undefined);
  return appended;
}

async function append(current: Chain, event: NewEvent): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      // Inside, since the first event of a log is appended here too, and another process may be first.
      current.end ??= await findEnd(current);
      current.end = await insertAfter(current.end, event);
      writeSignedHead(current.database, current.end);
      return;
    } catch (error) {
      delete current.end;
      const isTaken = error instanceof MongoServerError && error.code === DUPLICATE_KEY;
      if (!isTaken || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

async function insertAfter(before: ChainPoint, event: NewEvent): Promise<ChainPoint> {
  const linked = { _id: new ObjectId(), ...event, seq: before.seq + 1, previous: before.hash };
  const hash = hashOf(linked);
  await untilNoConflict(() => auditEvents().insertOne({ ...linked, hash }));
  return { seq: linked.seq, hash };
}

/**
 * Where the chain ends: in the database, or at the signed head if that is further on. Then somebody has cut off the last
 * events, and the gap stays for `verify` to name. A head that is gone is itself an event.
 */
async function findEnd({ database }: Chain): Promise<ChainPoint> {
  const last = await auditEvents()
    .find({}, { projection: { seq: 1, hash: 1 } })
    .sort({ seq: -1 })
    .limit(1)
    .next();
  let head = readSignedHead(database);
  if (last !== null && head.state === 'none') {
    // Another process may have begun the log this moment: its event is there before its head is.
    await delay(HEAD_PAUSE_MS);
    head = readSignedHead(database);
  }
  if (head.state === 'signed') {
    return last === null || last.seq < head.point.seq ? head.point : last;
  }
  if (last !== null) return insertAfter(last, systemEvent('replace-audit-head'));
  return insertAfter(BEFORE_FIRST, systemEvent('start-audit-log'));
}

function systemEvent(action: NewEvent['action']): NewEvent {
  const nobody = { userId: null, role: null, session: null };
  return { time: new Date(), action, outcome: 'ok', ...nobody, patients: [], fields: [] };
}
