'use client';
// The last line of the flowsheet: below each visit that counts, a button that corrects it.
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import type { VisitRow } from '@/components/record/visit-row';
import { Button } from '@/components/ui/button';
import { Live } from '@/components/ui/notice';
import { CorrectionDialog, type Corrections } from './correction-dialog';

interface CorrectionLineProps extends Corrections {
  visits: readonly VisitRow[];
  /** Classes of the line's head, and of the cell of a visit. */
  headClass: string;
  cellClass: (index: number) => string;
}

export function CorrectionLine({
  visits,
  headClass,
  cellClass,
  ...corrections
}: CorrectionLineProps) {
  const t = useTranslations('vitals');
  const [open, setOpen] = useState<string>();
  const [saved, setSaved] = useState(false);
  return (
    <tr className="border-line border-t print:hidden">
      <th scope="row" className={headClass}>
        <span className="sr-only">{t('correct')}</span>
        <Live>{saved && <span className="text-good text-xs">{t('corrected')}</span>}</Live>
      </th>
      {visits.map((visit, index) => (
        <td key={visit.id} className={cellClass(index)}>
          {visit.error === null && (
            <Button
              small
              tone="plain"
              className="-ml-2"
              aria-label={t('correctNamed', { day: visit.day, time: visit.time })}
              onClick={() => {
                setSaved(false);
                setOpen(visit.id);
              }}
            >
              {t('correct')}
            </Button>
          )}
          {open === visit.id && (
            <CorrectionDialog
              visit={visit}
              {...corrections}
              close={(done) => {
                setOpen(undefined);
                if (done) setSaved(true);
              }}
            />
          )}
        </td>
      ))}
    </tr>
  );
}
