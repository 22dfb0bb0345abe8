'use client';
// The last resort: the frame itself failed, so this brings its own document and its own texts, in the browser's language:
// nobody is left who could read the preferences.
import { useSyncExternalStore } from 'react';
import './globals.css';
import { FailedState, type BoundaryProps } from '@/components/states/failed-state';
import { DEFAULT_LOCALE, localeFor } from '@/lib/i18n/locales';
import enStates from '@/lib/i18n/messages/en/states.json';
import esStates from '@/lib/i18n/messages/es/states.json';
import { TextProvider } from '@/lib/i18n/text-provider';

const STATES = { en: enStates, es: esStates };

const never = (): (() => void) => () => undefined;

export default function GlobalError(props: BoundaryProps) {
  const locale = useSyncExternalStore(
    never,
    () => localeFor(navigator.languages.join(',')),
    () => DEFAULT_LOCALE,
  );
  return (
    <html lang={locale}>
      <body>
        <title>MedcoMD</title>
        <main>
          <TextProvider locale={locale} messages={{ states: STATES[locale] }} timeZone="UTC">
            <FailedState {...props} what="app" />
          </TextProvider>
        </main>
      </body>
    </html>
  );
}
