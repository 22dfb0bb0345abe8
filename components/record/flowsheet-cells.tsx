'use client';
// The cells that the flowsheet on the screen and the visits on paper have in common.
import { useTranslations } from 'use-intl';
import { worstFlag, type ReferenceRange } from '@/lib/vitals/ranges';
import type { VitalSign } from '@/schemas/measurement';
import { flagGround } from './flag-look';
import { FlagMark } from './flag-mark';
import {
  unitOf,
  writeLine,
  writeLineChange,
  writeRange,
  type Line,
  type Writer,
} from './vital-display';
import type { VisitRow } from './visit-row';

/** The ranges for the patient's present age. */
export type Ranges = Partial<Record<VitalSign, ReferenceRange | null>>;

export const CELL = 'px-2.5 py-1.5 align-top';

interface LineNameProps {
  line: Line;
  ranges: Ranges;
  writer: Writer;
}

/** What a line is called, its unit, what is normal. */
export function LineName({ line, ranges, writer }: LineNameProps) {
  const t = useTranslations('record');
  const texts = line.signs.map((sign) => writeRange(sign, ranges[sign] ?? null, writer));
  const range = texts.filter((text) => text !== '').join(' / ');
  return (
    <>
      {t(`sign.${line.key}`)}{' '}
      <span className="text-soft text-xs font-normal">{unitOf(line.signs[0], writer.units)}</span>
      {range !== '' && (
        <span className="text-soft text-2xs block font-normal whitespace-nowrap print:whitespace-normal">
          {t('normalRange', { range })}
        </span>
      )}
    </>
  );
}

interface LineCellProps {
  line: Line;
  visit: VisitRow;
  writer: Writer;
  className: string;
}

/** What a visit has for a line: value, flag, difference, category; struck out if entered in error. */
export function LineCell({ line, visit, writer, className }: LineCellProps) {
  const t = useTranslations('record');
  const value = writeLine(visit, line, writer);
  if (value === null) {
    return (
      <td className={`${CELL} ${className}`}>
        <span aria-hidden className="text-soft">
          –
        </span>
        <span className="sr-only">{t('notMeasured')}</span>
      </td>
    );
  }
  if (visit.error !== null) {
    return (
      <td className={`${CELL} text-soft ${className}`}>
        <del>{value}</del>
        <span className="sr-only"> {t('inError')}</span>
      </td>
    );
  }
  const flag = worstFlag(line.signs.map((sign) => visit.readings[sign]?.flag ?? null));
  const change = writeLineChange(visit, line, writer);
  const category = line.key === 'pressure' ? visit.pressureCategory : null;
  return (
    <td className={`${CELL} whitespace-nowrap ${flagGround(flag)} ${className}`}>
      <span className="font-medium">{value}</span> <FlagMark flag={flag} />
      {change !== null && (
        <span className="text-soft text-2xs block">
          <span className="sr-only">{t('sincePrevious')} </span>
          {change}
        </span>
      )}
      {category !== null && category !== 'normal' && (
        <span className="text-2xs block print:whitespace-normal">{t(`pressure.${category}`)}</span>
      )}
    </td>
  );
}

/** Which visit a visit corrects; who marked it as entered in error, when and why. */
export function CorrectionText({ visit: { error, corrects } }: { visit: VisitRow }) {
  const t = useTranslations('record');
  return (
    <>
      {error !== null && t('inErrorWhy', error)}
      {corrects !== null && t('corrects', corrects)}
    </>
  );
}
