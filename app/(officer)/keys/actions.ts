'use server';
// What the key console asks the server to do. Every answer is a code and a sentence; the page is read again after it.
import { refresh } from 'next/cache';
import { answerAction } from '@/app/guard';
import type { ActionResult } from '@/components/form/action-result';
import {
  approveKeyRequest,
  findErasureSubject,
  refuseKeyRequest,
  requestKeyOperation,
  resumeKeyRequest,
} from '@/lib/data';
import type { ErasureSubject } from '@/schemas/key-console';
import {
  keyApprovalSchema,
  keyRequestSchema,
  recordNumberSchema,
  requestIdSchema,
} from '@/schemas/key-request';

export async function requestAction(input: unknown): Promise<ActionResult<{ id: string }>> {
  const result = await answerAction(keyRequestSchema, input, requestKeyOperation);
  refresh();
  return result;
}

export async function findSubjectAction(input: unknown): Promise<ActionResult<ErasureSubject>> {
  return answerAction(recordNumberSchema, input, findErasureSubject);
}

export async function approveAction(input: unknown): Promise<ActionResult> {
  const result = await answerAction(keyApprovalSchema, input, async (staff, parsed) => {
    await approveKeyRequest(staff, parsed.id, parsed.recordNumber);
    return null;
  });
  refresh();
  return result;
}

export async function refuseAction(input: unknown): Promise<ActionResult> {
  const result = await answerAction(requestIdSchema, input, async (staff, id) => {
    await refuseKeyRequest(staff, id);
    return null;
  });
  refresh();
  return result;
}

export async function resumeAction(input: unknown): Promise<ActionResult> {
  const result = await answerAction(requestIdSchema, input, async (staff, id) => {
    await resumeKeyRequest(staff, id);
    return null;
  });
  refresh();
  return result;
}
