'use client';
// Texts for client components: `useTranslations('record')` from `use-intl`.
import type { ReactNode } from 'react';
import { IntlProvider } from 'use-intl';
import type { Locale } from './locales';
import type { Messages } from './messages';

interface TextProviderProps {
  locale: Locale;
  messages: Partial<Messages>;
  /** The clinic's, so that server and browser write the same times. */
  timeZone: string;
  children: ReactNode;
}

export function TextProvider({ locale, messages, timeZone, children }: TextProviderProps) {
  return (
    <IntlProvider locale={locale} messages={messages} timeZone={timeZone}>
      {children}
    </IntlProvider>
  );
}
