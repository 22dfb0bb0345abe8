'use client';
// Turns what a schema or an action said into a sentence in the person's language.
import { useTranslations } from 'use-intl';
import { sayWith, type TranslateAny } from '@/lib/i18n/say';

/** For `message` strings of schemas/message.ts; a text that is no key of a catalogue comes back as it is. */
export function useMessage(): (text: string) => string {
  const translate = useTranslations() as unknown as TranslateAny;
  return (text) => sayWith(translate, text);
}
