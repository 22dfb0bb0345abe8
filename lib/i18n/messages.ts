// The catalogues of all languages, and the message keys as types: a key that does not exist fails the compiler.
import type { Locale } from './locales';
import { en } from './messages/en';
import { es } from './messages/es';

export type Messages = typeof en;
export type Namespace = keyof Messages;

declare module 'use-intl' {
  interface AppConfig {
    Locale: Locale;
    Messages: Messages;
  }
}

export const MESSAGES: Record<Locale, Messages> = { en, es };
