'use client';
// What a small and a large trend share: the chart, its legend, the names of its series. The drawing library is loaded only
// here, after the page.
import dynamic from 'next/dynamic';
import { useTranslations } from 'use-intl';
import { Bar } from '@/components/ui/skeleton';
import type { Line } from './vital-display';

export const TrendChart = dynamic(
  () => import('./trend-chart').then((module) => module.TrendChart),
  { ssr: false, loading: () => <Bar className="h-full w-full" /> },
);

type Translate = ReturnType<typeof useTranslations<'record'>>;

/** What each value of a line is called. */
export function seriesNames({ key }: Line, t: Translate): string[] {
  return key === 'pressure' ? [t('systolic'), t('diastolic')] : [t(`sign.${key}`)];
}

interface LegendProps {
  series: readonly string[];
  hasBand: boolean;
}

/** Solid is the first series, dashed the second, as the chart draws them. */
export function Legend({ series, hasBand }: LegendProps) {
  const t = useTranslations('record');
  return (
    <p aria-hidden className="text-2xs text-soft mt-0.5 flex flex-wrap justify-end gap-x-3">
      {series.length > 1 &&
        series.map((name, index) => (
          <span key={name} className="inline-flex items-center gap-1">
            <span
              className={`w-4 border-t-2 ${index === 0 ? 'border-accent' : 'border-soft border-dashed'}`}
            />
            {name}
          </span>
        ))}
      {hasBand && (
        <span className="inline-flex items-center gap-1">
          <span className="bg-good-wash border-line h-2.5 w-4 border" />
          {t('normalBand')}
        </span>
      )}
    </p>
  );
}
