'use server';
// What the audit log's page asks the server. Days are days of the clinic's calendar, which is this machine's.
import { z } from 'zod';
import { answerAction } from '@/app/guard';
import { auditCsv } from '@/components/audit/csv';
import type { ActionResult } from '@/components/form/action-result';
import { checkAuditChain, exportAuditLog, readAuditLog, whoSearched } from '@/lib/data';
import {
  auditQuerySchema,
  whoSearchedSchema,
  type AuditFilter,
  type AuditPage,
  type AuditQuery,
  type AuditRow,
  type ChainReport,
} from '@/schemas/audit-log';

const position = z.int().min(1).nullable();

export async function readAuditAction(
  filters: unknown,
  before: unknown,
): Promise<ActionResult<AuditPage>> {
  return answerAction(auditQuerySchema, filters, (staff, query) =>
    readAuditLog(staff, toFilter(query), position.parse(before)),
  );
}

/** `most`: how many events the file holds, if there are more; null if it is whole. */
export async function exportAuditAction(
  filters: unknown,
): Promise<ActionResult<{ csv: string; most: number | null }>> {
  return answerAction(auditQuerySchema, filters, async (staff, query) => {
    const { events, whole } = await exportAuditLog(staff, toFilter(query));
    return { csv: auditCsv(events), most: whole ? null : events.length };
  });
}

export async function whoSearchedAction(question: unknown): Promise<ActionResult<AuditRow[]>> {
  return answerAction(whoSearchedSchema, question, whoSearched);
}

export async function checkChainAction(): Promise<ActionResult<ChainReport>> {
  return answerAction(z.null(), null, (staff) => checkAuditChain(staff));
}

function toFilter({ from, until, ...rest }: AuditQuery): AuditFilter {
  return {
    ...rest,
    from: from === undefined ? undefined : startOf(from, 0),
    until: until === undefined ? undefined : startOf(until, 1),
  };
}

/** Local midnight of a `YYYY-MM-DD`, some days later. */
function startOf(day: string, later: number): Date {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + later);
}
