// Between pages or actions and lib/data: turns its refusals into the page or the answer that fits.
// Says refusals in the language of the request. Decides nothing itself; the role check for a page only spares people a page that would stay empty.
import 'server-only';
import { randomUUID } from 'node:crypto';
import { forbidden, notFound, redirect } from 'next/navigation';
import { z } from 'zod';
import type { ActionFailure, ActionResult } from '@/components/form/action-result';
import { AuthError, currentStaff, requireStaff, type Staff } from '@/lib/auth';
import { DataError } from '@/lib/data';
import { speaker } from '@/lib/i18n/server';
import { message } from '@/schemas/message';

/** The signed-in person, if their role may open this page; otherwise sign-in page or 403. */
export async function requirePageStaff(role: Staff['role']): Promise<Staff> {
  const staff = await currentStaff();
  if (staff === null) redirect('/sign-in');
  if (staff.role !== role) forbidden();
  if (staff.lacksSecondFactor) redirect('/account');
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
 * What a page shows: what was read, the gate for a doctor outside the patient's care team, or the sentence that says why it
 * is not shown: no key opens it now, or it is not as the clinic left it.
 */
export type Loaded<T> =
  | { state: 'read'; value: T }
  | { state: 'outside-care-team' }
  | { state: 'closed'; why: 'keys' | 'tampered'; message: string };

/**
 * `loadForPage` for what is encrypted. A record that stays closed is an answer: an error boundary of a production build
 * would not learn its message.
 */
export async function loadEncrypted<T>(read: (staff: Staff) => Promise<T>): Promise<Loaded<T>> {
  try {
    return { state: 'read', value: await loadForPage(read) };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    if (error.code === 'OUTSIDE_CARE_TEAM') return { state: 'outside-care-team' };
    if (error.code !== 'KEYS_UNAVAILABLE' && error.code !== 'TAMPERED') throw error;
    const why = error.code === 'TAMPERED' ? 'tampered' : 'keys';
    return { state: 'closed', why, message: (await speaker())(error.userMessage) };
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
    if (!parsed.success) return await invalid(parsed.error);
    return { ok: true, value: await run(staff, parsed.data) };
  } catch (error) {
    return await refusal(error);
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

async function invalid(error: z.ZodError): Promise<ActionFailure> {
  const say = await speaker();
  const fields: Record<string, string> = {};
  for (const issue of error.issues) {
    const path = issue.path.map(String).join('.');
    if (path !== '') fields[path] ??= say(issue.message);
  }
  const whole = error.issues.find((issue) => issue.path.length === 0)?.message;
  return { ok: false, code: 'INVALID', message: say(whole ?? message('errors.invalid')), fields };
}

async function refusal(error: unknown): Promise<ActionFailure> {
  const say = await speaker();
  if (error instanceof AuthError) {
    const key = error.code === 'SIGNED_OUT' ? 'errors.signedOut' : 'errors.forbidden';
    return { ok: false, code: error.code, message: say(message(key)) };
  }
  if (error instanceof DataError) {
    const { code, field } = error;
    const said = say(error.userMessage);
    return field === undefined
      ? { ok: false, code, message: said }
      : { ok: false, code, message: said, fields: { [field]: said } };
  }
  // A driver message may quote a document, so only the kind of error goes to the log.
  const reference = randomUUID().slice(0, 8);
  console.error(`action failed, reference ${reference}`, error instanceof Error ? error.name : '');
  return { ok: false, code: 'FAILED', message: say(message('errors.failed', { reference })) };
}
