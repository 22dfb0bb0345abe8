// One-line text as people type it: trimmed, composed to NFC, without control characters.
import { z } from 'zod';

// C-37: a control character in a name or a note could split a log line or hide text on a screen.
const CONTROL = /[\p{Cc}\p{Cf}\u2028\u2029]/u;
const CONTROL_EXCEPT_LINES = /[^\P{Cc}\n\r\t]|[\u202a-\u202e\u2066-\u2069]/u;

/** Required text of `min` to `max` characters; `what` starts its messages ("Name"). */
export function lineSchema(what: string, min: number, max: number) {
  return z
    .string()
    .transform((text) => text.normalize('NFC').trim())
    .pipe(
      z
        .string()
        .min(min, min <= 1 ? `${what} is needed` : `${what} has at least ${min} characters`)
        .max(max, `${what} has at most ${max} characters`)
        .refine((text) => !CONTROL.test(text), `${what} has a character that cannot be shown`),
    );
}

/** Text of several lines, possibly empty. */
export function noteSchema(what: string, max: number) {
  return z
    .string()
    .transform((text) => text.normalize('NFC').replaceAll('\r\n', '\n').trim())
    .pipe(
      z
        .string()
        .max(max, `${what} has at most ${max} characters`)
        .refine(
          (text) => !CONTROL_EXCEPT_LINES.test(text),
          `${what} has a character that cannot be shown`,
        ),
    );
}
