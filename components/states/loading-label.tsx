'use client';
// Says once, for everyone, that something is on its way. A client component: a page's placeholder must not wait for its
// own texts.
import { useTranslations } from 'use-intl';

export type AwaitedPart = 'search' | 'form' | 'patient' | 'record' | 'keys';

export function LoadingLabel({ what }: { what: AwaitedPart }) {
  return (
    <p role="status" className="sr-only">
      {useTranslations('states')(`loading.${what}`)}
    </p>
  );
}
