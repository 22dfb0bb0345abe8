// `message` strings as sentences of any language, with all texts at hand: for the server and for tests, too much for the
// browser.
import { createTranslator } from 'use-intl/core';
import type { Locale } from './locales';
import { MESSAGES } from './messages';
import { sayWith, type TranslateAny } from './say';

/** The sentence for what a schema or a refusal said. */
export function sayIn(locale: Locale, text: string): string {
  const translate = createTranslator({ locale, messages: MESSAGES[locale] });
  return sayWith(translate as unknown as TranslateAny, text);
}
