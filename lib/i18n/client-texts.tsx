// Hands the texts that client components of an area need to the browser; server components need none of it.
import type { ReactNode } from 'react';
import { preferences } from '@/lib/preferences';
import { clinicTimeZone } from '@/components/format';
import { MESSAGES, type Messages, type Namespace } from './messages';
import { TextProvider } from './text-provider';

/** What each area of the application shows through client components. */
const AREAS = {
  public: ['shell', 'signIn', 'form', 'states', 'errors'],
  doctor: [
    'shell',
    'search',
    'record',
    'vitals',
    'registration',
    'contact',
    'emergency',
    'audit',
    'form',
    'states',
    'errors',
  ],
  desk: ['shell', 'search', 'desk', 'registration', 'contact', 'form', 'states', 'errors'],
  officer: ['shell', 'keys', 'audit', 'emergency', 'accounts', 'form', 'states', 'errors'],
  account: ['shell', 'accounts', 'form', 'states', 'errors'],
} as const satisfies Record<string, readonly Namespace[]>;

export type Area = keyof typeof AREAS;

export async function ClientTexts({ area, children }: { area: Area; children: ReactNode }) {
  const { locale } = await preferences();
  const messages: Partial<Messages> = {};
  for (const namespace of AREAS[area]) {
    Object.assign(messages, { [namespace]: MESSAGES[locale][namespace] });
  }
  return (
    <TextProvider locale={locale} messages={messages} timeZone={clinicTimeZone()}>
      {children}
    </TextProvider>
  );
}
