// Texts for server components and actions, in the language of this request.
import 'server-only';
import { createTranslator } from 'use-intl/core';
import { preferences } from '@/lib/preferences';
import { MESSAGES, type Namespace } from './messages';
import { sayIn } from './say-in';

/** `const t = await translator('record')`, then `t('title')`; values are ICU MessageFormat arguments. */
export async function translator<N extends Namespace>(namespace: N) {
  const { locale } = await preferences();
  return createTranslator({ locale, messages: MESSAGES[locale], namespace });
}

/** Turns `message` strings of schemas/message.ts into sentences in the language of this request. */
export async function speaker(): Promise<(text: string) => string> {
  const { locale } = await preferences();
  return (text) => sayIn(locale, text);
}
