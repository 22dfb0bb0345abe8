'use server';
// What the accounts page asks the server to do. After each answer the page is read again.
import { refresh } from 'next/cache';
import { z } from 'zod';
import { answerAction } from '@/app/guard';
import type { ActionResult } from '@/components/form/action-result';
import {
  changeRole,
  createAccount,
  endAccountSessions,
  resetPassword,
  resetSecondFactor,
  setAccountDisabled,
} from '@/lib/data';
import {
  accountIdSchema,
  newAccountSchema,
  passwordResetSchema,
  roleChangeSchema,
} from '@/schemas/account';

export async function createAccountAction(input: unknown): Promise<ActionResult> {
  return answerAction(newAccountSchema, input, async (staff, account) => {
    await createAccount(staff, account);
    refresh();
    return null;
  });
}

const stateSchema = z.object({ id: accountIdSchema, disabled: z.boolean() });

export async function setDisabledAction(input: unknown): Promise<ActionResult> {
  return answerAction(stateSchema, input, async (staff, { id, disabled }) => {
    await setAccountDisabled(staff, id, disabled);
    refresh();
    return null;
  });
}

export async function changeRoleAction(input: unknown): Promise<ActionResult> {
  return answerAction(roleChangeSchema, input, async (staff, { id, role }) => {
    await changeRole(staff, id, role);
    refresh();
    return null;
  });
}

export async function resetPasswordAction(input: unknown): Promise<ActionResult> {
  return answerAction(passwordResetSchema, input, async (staff, { id, password }) => {
    await resetPassword(staff, id, password);
    refresh();
    return null;
  });
}

export async function endSessionsAction(id: unknown): Promise<ActionResult> {
  return answerAction(accountIdSchema, id, async (staff, account) => {
    await endAccountSessions(staff, account);
    refresh();
    return null;
  });
}

export async function resetFactorAction(id: unknown): Promise<ActionResult> {
  return answerAction(accountIdSchema, id, async (staff, account) => {
    await resetSecondFactor(staff, account);
    refresh();
    return null;
  });
}
