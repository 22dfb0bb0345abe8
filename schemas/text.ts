// One-line text as people type it: trimmed, composed to NFC, without control characters.
import { z } from 'zod';
import { message } from './message';

// C-37: a control character in a name or a note could split a log line or hide text on a screen.
const CONTROL = /[\p{Cc}\p{Cf}\u2028\u2029]/u;
const CONTROL_EXCEPT_LINES = /[^\P{Cc}\n\r\t]|[\u202a-\u202e\u2066-\u2069]/u;

/** What a text is; the messages of `form` name it. */
export type TextName = 'name' | 'phone' | 'address' | 'provider' | 'reason' | 'note';

/** Required text of `min` to `max` characters. */
export function lineSchema(what: TextName, min: number, max: number) {
  return z
    .string()
    .transform((text) => text.normalize('NFC').trim())
    .pipe(
      z
        .string()
        .min(min, message(min <= 1 ? 'form.needed' : 'form.tooShort', { what, min }))
        .max(max, message('form.tooLong', { what, max }))
        .refine((text) => !CONTROL.test(text), message('form.hiddenCharacter', { what })),
    );
}

/** Text of several lines, possibly empty. */
export function noteSchema(what: TextName, max: number) {
  return z
    .string()
    .transform((text) => text.normalize('NFC').replaceAll('\r\n', '\n').trim())
    .pipe(
      z
        .string()
        .max(max, message('form.tooLong', { what, max }))
        .refine(
          (text) => !CONTROL_EXCEPT_LINES.test(text),
          message('form.hiddenCharacter', { what }),
        ),
    );
}
