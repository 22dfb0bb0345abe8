// Between pages or actions and lib/data: turns its refusals into the page or the answer that fits.
// Decides nothing itself; the role check for a page only spares people a page that would stay empty.
import 'server-only';
import { randomUUID } from 'node:crypto';
import { forbidden, notFound, redirect } from 'next/navigation';
import { z } from 'zod';
import type { ActionFailure, ActionResult } from '@/components/form/action-result';
import { AuthError, currentStaff, requireStaff, type Staff } from '@/lib/auth';
import { DataError } from '@/lib/data';

/** The signed-in person, if their role may open this page; otherwise sign-in page or 403. */
export async function requirePageStaff(role: Staff['role']): Promise<Staff> {
  const staff = await currentStaff();
  if (staff === null) redirect('/sign-in');
  if (staff.role !== role) forbidden();
  return staff;
}

/** Reads for a page. "Not found" and "forbidden" become their pages; other errors reach error.tsx. */
export async function loadForPage<T>(read: (staff: Staff) => Promise<T>): Promise<T> {
  try {
    return await read(await requireStaff());
  } catch (error) {
    if (error instanceof AuthError && error.code === 'SIGNED_OUT') redirect('/sign-in');
    if (error instanceof AuthError || (error instanceof DataError && error.code === 'FORBIDDEN')) {
      forbidden();
    }
    if (error instanceof DataError && error.code === 'NOT_FOUND') notFound();
    throw error;
  }
}

/**
 * Runs a server action: session, then schema, then `run`. Never throws and never echoes the input:
 * a refusal is a code, a sentence and field names.
 */
export async function answerAction<Parsed, T>(
  schema: z.ZodType<Parsed>,
  input: unknown,
  run: (staff: Staff, parsed: Parsed) => Promise<T>,
): Promise<ActionResult<T>> {
  try {
    const staff = await requireStaff();
    const parsed = schema.safeParse(input);
    if (!parsed.success) return invalid(parsed.error);
    return { ok: true, value: await run(staff, parsed.data) };
  } catch (error) {
    return refusal(error);
  }
}

// A bound argument comes from the browser like any other: it may be missing, or an object.
const patientIdSchema = z.string().min(1).max(64);

/** `answerAction` for an action about one patient, whose id is checked before anything else. */
export function answerPatientAction<Parsed, T>(
  id: unknown,
  schema: z.ZodType<Parsed>,
  input: unknown,
  run: (staff: Staff, id: string, parsed: Parsed) => Promise<T>,
): Promise<ActionResult<T>> {
  return answerAction(schema, input, (staff, parsed) => {
    const checked = patientIdSchema.safeParse(id);
    if (!checked.success) throw new DataError('NOT_FOUND');
    return run(staff, checked.data, parsed);
  });
}

function invalid(error: z.ZodError): ActionFailure {
  const fields: Record<string, string> = {};
  for (const issue of error.issues) {
    const path = issue.path.map(String).join('.');
    if (path !== '') fields[path] ??= issue.message;
  }
  const message = error.issues.find((issue) => issue.path.length === 0)?.message;
  return { ok: false, code: 'INVALID', message: message ?? 'Some entries need attention.', fields };
}

function refusal(error: unknown): ActionFailure {
  if (error instanceof AuthError) {
    return error.code === 'SIGNED_OUT'
      ? { ok: false, code: 'SIGNED_OUT', message: 'Your session has ended. Sign in again.' }
      : { ok: false, code: 'FORBIDDEN', message: 'Your role does not allow this.' };
  }
  if (error instanceof DataError) {
    const { code, userMessage: message, field } = error;
    return field === undefined
      ? { ok: false, code, message }
      : { ok: false, code, message, fields: { [field]: message } };
  }
  // A driver message may quote a document, so only the kind of error goes to the log.
  const reference = randomUUID().slice(0, 8);
  console.error(`action failed, reference ${reference}`, error instanceof Error ? error.name : '');
  return {
    ok: false,
    code: 'FAILED',
    message: `Something went wrong on the server. Nothing was saved. Reference: ${reference}`,
  };
}
