'use server';
// What people change of their own account.
import { refresh } from 'next/cache';
import { z } from 'zod';
import { answerAction } from '@/app/guard';
import type { ActionResult } from '@/components/form/action-result';
import { renewCurrentSession } from '@/lib/auth';
import {
  changeOwnPassword,
  endOwnSession,
  enrolSecondFactor,
  offerSecondFactor,
  removeSecondFactor,
} from '@/lib/data';
import {
  codeSchema,
  passwordChangeSchema,
  sessionIdSchema,
  type EnrolmentView,
} from '@/schemas/account';

export async function endSessionAction(id: unknown): Promise<ActionResult> {
  return answerAction(sessionIdSchema, id, async (staff, session) => {
    await endOwnSession(staff, session);
    refresh();
    return null;
  });
}

export async function changePasswordAction(input: unknown): Promise<ActionResult> {
  return answerAction(passwordChangeSchema, input, async (staff, change) => {
    await changeOwnPassword(staff, change);
    await renewCurrentSession();
    refresh();
    return null;
  });
}

const passwordSchema = z.object({ password: z.string().max(256) });

export async function offerFactorAction(input: unknown): Promise<ActionResult<EnrolmentView>> {
  return answerAction(passwordSchema, input, (staff, { password }) =>
    offerSecondFactor(staff, password),
  );
}

/** Answers with the recovery codes; the page is read again when the person has kept them. */
export async function enrolFactorAction(input: unknown): Promise<ActionResult<string[]>> {
  return answerAction(z.object({ code: codeSchema }), input, async (staff, { code }) => {
    const codes = await enrolSecondFactor(staff, code);
    await renewCurrentSession();
    return codes;
  });
}

export async function removeFactorAction(input: unknown): Promise<ActionResult> {
  return answerAction(passwordSchema, input, async (staff, { password }) => {
    await removeSecondFactor(staff, password);
    await renewCurrentSession();
    refresh();
    return null;
  });
}
