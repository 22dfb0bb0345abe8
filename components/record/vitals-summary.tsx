// The first look at the vital signs: how old the last ones are, and what was abnormal in them, worst first. Pure texts; the
// server's clock decides what is old.
import { CircleCheck, Clock, TriangleAlert } from 'lucide-react';
import { translator } from '@/lib/i18n/server';
import { FLAGS_WORST_FIRST, worstFlag, type Flag } from '@/lib/vitals/ranges';
import { isAbnormal } from './flag-look';
import { FlagMark } from './flag-mark';
import { LINES, unitOf, writeLine, type Line, type Writer } from './vital-display';
import { countedRows, type VisitRow } from './visit-row';
import { ageOfVitals } from './vitals-age';

interface VitalsSummaryProps {
  visits: readonly VisitRow[];
  now: number;
  writer: Writer;
}

export async function VitalsSummary({ visits, now, writer }: VitalsSummaryProps) {
  const t = await translator('record');
  const [latest] = countedRows(visits);
  if (latest === undefined) return null;
  const { key, count, overdue } = ageOfVitals(latest.at, now);
  const abnormal = abnormalLines(latest);
  return (
    <section
      aria-label={t('lastVitals')}
      className="panel flex flex-wrap items-center gap-x-5 gap-y-1.5 px-4 py-2 text-sm"
    >
      <p className={`flex items-center gap-1.5 ${overdue ? 'text-caution' : 'text-soft'}`}>
        {overdue ? (
          <TriangleAlert aria-hidden className="size-4 shrink-0" />
        ) : (
          <Clock aria-hidden className="size-4 shrink-0" />
        )}
        {t(`vitalsAge.${key}`, { count })}
      </p>
      {abnormal.length === 0 ? (
        <p className="text-soft flex items-center gap-1.5">
          <CircleCheck aria-hidden className="text-good size-4 shrink-0" />
          {t('nothingAbnormal')}
        </p>
      ) : (
        <ul aria-label={t('abnormal')} className="flex flex-wrap gap-x-5 gap-y-1">
          {abnormal.map(({ line, flag }) => (
            <li key={line.key} className="flex items-baseline gap-1.5 whitespace-nowrap">
              <span className="text-soft">{t(`sign.${line.key}`)}</span>
              <span className="font-semibold">{writeLine(latest, line, writer)}</span>
              <span className="text-soft text-xs">{unitOf(line.signs[0], writer.units)}</span>
              <FlagMark flag={flag} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Worst first; equally bad ones in the order of the flowsheet. */
function abnormalLines(row: VisitRow): { line: Line; flag: Flag }[] {
  const found = LINES.flatMap((line) => {
    const flag = worstFlag(line.signs.map((sign) => row.readings[sign]?.flag ?? null));
    return isAbnormal(flag) ? [{ line, flag }] : [];
  });
  return found.toSorted(
    (a, b) => FLAGS_WORST_FIRST.indexOf(a.flag) - FLAGS_WORST_FIRST.indexOf(b.flag),
  );
}
