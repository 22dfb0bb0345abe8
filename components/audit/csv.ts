// The audit log as a file for a spreadsheet (RFC 4180), in the log's own words.
import { csvCell } from '@/lib/vitals/visits-csv';
import type { AuditRow } from '@/schemas/audit-log';

const HEAD = [
  ...['position', 'time', 'user', 'role', 'session', 'action', 'outcome', 'fields', 'patients'],
  ...['purpose', 'reason', 'operation'],
];

/** One line for each event under a line of names; times are UTC (ISO 8601). Starts with a byte order mark. */
export function auditCsv(events: readonly AuditRow[]): string {
  const lines = events.map((event) => [
    ...[String(event.seq), event.time.toISOString(), event.user?.username ?? event.userId ?? ''],
    ...[event.role ?? '', event.session ?? '', event.action, event.outcome],
    ...[event.fields.join(' '), event.patients.join(' '), event.emergency ? 'ETREAT' : ''],
    ...[event.reason ?? '', event.operationId ?? ''],
  ]);
  const text = [HEAD, ...lines].map((cells) => cells.map(csvCell).join(',')).join('\r\n');
  return `\uFEFF${text}\r\n`;
}
