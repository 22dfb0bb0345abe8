// The document around every page. Dynamic throughout: a page is made for one request of one person,
// never stored, and each script carries that response's nonce.
import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';
import { ClientTexts } from '@/lib/i18n/client-texts';
import { preferences } from '@/lib/preferences';
import './globals.css';

export const dynamic = 'force-dynamic';

export const metadata: Metadata = {
  title: { default: 'MedcoMD', template: '%s · MedcoMD' },
  description: 'Patient records whose sensitive fields are encrypted before they leave the clinic',
  robots: { index: false, follow: false },
  referrer: 'no-referrer',
  formatDetection: { telephone: false, email: false, address: false, date: false },
};

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  colorScheme: 'light dark',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#ffffff' },
    { media: '(prefers-color-scheme: dark)', color: '#151b1e' },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  const { locale, theme } = await preferences();
  return (
    <html lang={locale} data-theme={theme}>
      <body>
        <ClientTexts area="public">{children}</ClientTexts>
      </body>
    </html>
  );
}
