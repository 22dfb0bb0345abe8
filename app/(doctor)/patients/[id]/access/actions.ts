'use server';
// Earlier events of a record's access history.
import { z } from 'zod';
import { answerPatientAction } from '@/app/guard';
import type { ActionResult } from '@/components/form/action-result';
import { readAccessHistory } from '@/lib/data';
import type { AuditPage } from '@/schemas/audit-log';

export async function readAccessHistoryAction(
  id: unknown,
  before: unknown,
): Promise<ActionResult<AuditPage>> {
  return answerPatientAction(id, z.int().min(1), before, readAccessHistory);
}
