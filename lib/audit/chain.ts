// The hash chain of the audit log (C-36): what a stored event is, which bytes its hash covers, and what is wrong with one
// that does not follow another. Knows no database.
import 'server-only';
import { timingSafeEqual } from 'node:crypto';
import type { ObjectId } from 'mongodb';
import type { ChainProblem } from '@/schemas/audit-log';
import { auditHmac } from './audit-keys';
import type { AuditAction, AuditEvent, AuditOutcome } from './record-event';
import type { SearchedDigest } from './pseudonyms';

/** An event as it lies in the database. */
export interface StoredEvent {
  _id: ObjectId;
  /** Its position, from 1, without gaps. */
  seq: number;
  time: Date;
  action: AuditAction;
  outcome: AuditOutcome;
  userId: string | null;
  role: AuditEvent['role'];
  session: string | null;
  /** Pseudonyms. */
  patients: readonly string[];
  fields: readonly string[];
  reason?: string;
  purpose?: 'ETREAT';
  searched?: SearchedDigest;
  operationId?: string;
  /** A record after a write of sensitive values: its pseudonym once more, so that an index holds these events alone. */
  sealed?: { patient: string; revision: number };
  /** Hex: the hash of the event before it. */
  previous: string;
  /** Hex: HMAC-SHA-256 over all of the above. */
  hash: string;
}

/** A position in the chain and the hash there. */
export interface ChainPoint {
  seq: number;
  hash: string;
}

export const BEFORE_FIRST: ChainPoint = { seq: 0, hash: '0'.repeat(64) };

const FIELDS = [
  ...['_id', 'seq', 'time', 'action', 'outcome', 'userId', 'role', 'session', 'patients'],
  ...['fields', 'reason', 'purpose', 'searched', 'operationId', 'previous'],
] as const;
const KNOWN: ReadonlySet<string> = new Set([...FIELDS, 'sealed', 'hash']);

/** The hash of an event: over every field in one fixed order, so that no other reading of it has the same bytes. */
export function hashOf(event: Omit<StoredEvent, 'hash'>): string {
  const values: Record<string, unknown> = { ...event, _id: event._id.toHexString() };
  // Events from before `sealed` existed, and those without, have one value less.
  const names = event.sealed === undefined ? FIELDS : [...FIELDS, 'sealed'];
  // JSON escapes control characters, so that no value can end another (C-37).
  const text = JSON.stringify(names.map((name) => values[name] ?? null));
  return auditHmac('chain', text).toString('hex');
}

/** What is wrong with `event` after `before`; null: nothing. */
export function linkProblem(
  before: ChainPoint,
  event: Record<string, unknown>,
): ChainProblem | null {
  const { seq, previous, hash } = event;
  if (typeof seq !== 'number' || typeof previous !== 'string' || typeof hash !== 'string') {
    return 'no-event';
  }
  if (seq > before.seq + 1) return 'missing';
  if (seq !== before.seq + 1) return 'misplaced';
  if (Object.keys(event).some((name) => !KNOWN.has(name))) return 'field-added';
  if (!sameText(hashOf(event as unknown as StoredEvent), hash)) return 'changed';
  if (previous !== before.hash) return 'unlinked';
  return null;
}

export function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
