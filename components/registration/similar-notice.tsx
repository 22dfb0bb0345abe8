'use client';
// Who is there already with such a name and this birth date.
import Link from 'next/link';
import { useTranslations } from 'use-intl';
import { Live, Notice } from '@/components/ui/notice';
import type { SimilarPatient } from '@/schemas/dto';

interface SimilarNoticeProps {
  similar: readonly SimilarPatient[];
  /** Where a patient's page is for this role: `/patients/` or `/desk/`. */
  base: '/patients/' | '/desk/';
}

export function SimilarNotice({ similar, base }: SimilarNoticeProps) {
  const t = useTranslations('registration');
  return (
    <Live>
      {similar.length > 0 && (
        <Notice tone="caution" title={t('similar', { count: similar.length })}>
          <ul>
            {similar.map(({ id, name }) => (
              <li key={id}>
                <Link href={`${base}${id}`} prefetch={false} className="link">
                  {name}
                </Link>
              </li>
            ))}
          </ul>
        </Notice>
      )}
    </Live>
  );
}
