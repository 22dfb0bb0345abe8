// What every server action answers. It carries codes, messages and field names, never what was typed.
import { message } from '@/schemas/message';

/** A refusal: `message` is for people, `fields` maps field paths (`contact.phone`) to their messages. */
export interface ActionFailure {
  ok: false;
  code: string;
  message: string;
  fields?: Record<string, string>;
}

export type ActionResult<T = null> = { ok: true; value: T } | ActionFailure;

/** What a form shows when the server could not be reached at all; `useMessage` says it. */
export const UNREACHABLE: ActionFailure = {
  ok: false,
  code: 'UNREACHABLE',
  message: message('errors.unreachable'),
};

/** Sends people whose session ended to the sign-in page, dropping everything on this one. */
export function leaveIfSignedOut(result: ActionResult<unknown>): void {
  if (!result.ok && result.code === 'SIGNED_OUT') window.location.replace('/sign-in?ended=1');
}
