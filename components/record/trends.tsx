'use client';
// Small charts side by side, one for each vital sign that is measured, each under its latest value; enlarged on request.
// Tables have the same numbers.
import { useId, useState } from 'react';
import { Maximize2 } from 'lucide-react';
import { useTranslations } from 'use-intl';
import { Button } from '@/components/ui/button';
import { worstFlag } from '@/lib/vitals/ranges';
import { FlagMark } from './flag-mark';
import { Legend, seriesNames, TrendChart } from './trend-parts';
import { TrendDialog } from './trend-dialog';
import { trendPoints, type TrendPoint } from './trend-points';
import { LINES, unitOf, writeLineChange, type Line, type Writer } from './vital-display';
import type { VisitRow } from './visit-row';

interface TrendsProps {
  visits: readonly VisitRow[];
  writer: Writer;
}

/** Shown even before the first measurement. */
const ALWAYS: readonly string[] = ['weight', 'heartRate', 'pressure'];

export function Trends({ visits, writer }: TrendsProps) {
  const [enlarged, setEnlarged] = useState<Line>();
  const trends = LINES.map((line) => ({ line, points: trendPoints(visits, line, writer) }));
  return (
    <>
      <div className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3 print:hidden">
        {trends
          .filter(({ line, points }) => ALWAYS.includes(line.key) || points.length > 1)
          .map(({ line, points }) => (
            <Trend
              key={line.key}
              line={line}
              points={points}
              writer={writer}
              enlarge={() => setEnlarged(line)}
            />
          ))}
      </div>
      {enlarged !== undefined && (
        <TrendDialog
          line={enlarged}
          points={trends.find(({ line }) => line === enlarged)?.points ?? []}
          writer={writer}
          close={() => setEnlarged(undefined)}
        />
      )}
    </>
  );
}

interface TrendProps {
  line: Line;
  points: readonly TrendPoint[];
  writer: Writer;
  enlarge: () => void;
}

function Trend({ line, points, writer, enlarge }: TrendProps) {
  const t = useTranslations('record');
  const titleId = useId();
  const title = t(`sign.${line.key}`);
  const latest = points.at(-1)?.row;
  const change = latest === undefined ? null : writeLineChange(latest, line, writer);
  const series = seriesNames(line, t);
  return (
    <figure aria-labelledby={titleId} className="panel relative min-w-0 px-4 pt-2 pb-2">
      <figcaption>
        <div className="flex min-h-7 items-center gap-2">
          <h2 id={titleId} className="text-sm font-semibold">
            {title}
          </h2>
          {latest !== undefined && (
            <span className="text-soft ml-auto text-xs whitespace-nowrap">{latest.day}</span>
          )}
          {points.length > 1 && (
            <Button
              small
              tone="plain"
              aria-label={t('enlarge', { title })}
              className="-mr-2"
              onClick={enlarge}
            >
              <Maximize2 aria-hidden className="size-3.5" />
            </Button>
          )}
        </div>
        {latest === undefined ? (
          <p className="text-soft">{t('notMeasuredYet')}</p>
        ) : (
          <p className="flex flex-wrap items-baseline gap-x-1.5">
            <span className="text-xl font-semibold">{points.at(-1)?.text}</span>
            <span className="text-soft text-sm">{unitOf(line.signs[0], writer.units)}</span>
            <FlagMark
              flag={worstFlag(line.signs.map((sign) => latest.readings[sign]?.flag ?? null))}
            />
            {change !== null && (
              <span className="text-soft ml-auto text-xs whitespace-nowrap">
                {t('sinceLast', { change })}
              </span>
            )}
          </p>
        )}
      </figcaption>
      {points.length > 1 ? (
        <>
          <div className="mt-1.5 h-32">
            <TrendChart
              title={title}
              unit={unitOf(line.signs[0], writer.units)}
              series={series}
              points={points}
            />
          </div>
          <Legend series={series} hasBand={points.some(({ bands }) => bands[0] !== null)} />
        </>
      ) : (
        <p className="text-soft mt-2 mb-1 text-xs">{points.length === 1 ? t('secondDraws') : ''}</p>
      )}
    </figure>
  );
}
