'use client';
// Three small charts, side by side: weight, heart rate, blood pressure, each under its latest value.
// The drawing library is loaded only here, after the page; the visits table below has the same numbers.
import dynamic from 'next/dynamic';
import { useId, type ReactNode } from 'react';
import { Bar } from '@/components/ui/skeleton';
import type { VisitRow } from './visit-row';
import type { Series } from './trend-chart';

const TrendChart = dynamic(() => import('./trend-chart').then((module) => module.TrendChart), {
  ssr: false,
  loading: () => <Bar className="h-full w-full" />,
});

const WEIGHT: readonly Series[] = [{ key: 'weightKg', name: 'Weight' }];
const HEART_RATE: readonly Series[] = [{ key: 'heartRate', name: 'Heart rate' }];
const BLOOD_PRESSURE: readonly Series[] = [
  { key: 'systolic', name: 'Systolic' },
  { key: 'diastolic', name: 'Diastolic' },
];

export function Trends({ visits }: { visits: readonly VisitRow[] }) {
  return (
    <div className="grid gap-3 md:grid-cols-3 print:hidden">
      <Trend title="Weight" unit="kg" series={WEIGHT} visits={visits} show={one} />
      <Trend title="Heart rate" unit="/min" series={HEART_RATE} visits={visits} show={one} />
      <Trend
        title="Blood pressure"
        unit="mmHg"
        series={BLOOD_PRESSURE}
        visits={visits}
        show={two}
      />
    </div>
  );
}

const one = (values: readonly number[]): string => String(values[0]);
const two = (values: readonly number[]): string => values.join('/');

interface TrendProps {
  title: string;
  unit: string;
  series: readonly Series[];
  visits: readonly VisitRow[];
  show: (values: readonly number[]) => string;
}

function Trend({ title, unit, series, visits, show }: TrendProps) {
  const titleId = useId();
  const measured = visits.filter((visit) => series.every(({ key }) => visit[key] !== null));
  const [latest, previous] = measured;
  const valuesOf = (visit: VisitRow): number[] => series.map(({ key }) => visit[key] ?? 0);
  return (
    <figure aria-labelledby={titleId} className="panel relative min-w-0 px-4 pt-3 pb-2">
      <figcaption>
        <div className="flex items-baseline justify-between gap-2">
          <h2 id={titleId} className="text-sm font-semibold">
            {title}
          </h2>
          {latest !== undefined && <span className="text-soft text-xs">{latest.day}</span>}
        </div>
        {latest === undefined ? (
          <p className="text-soft">Not measured yet</p>
        ) : (
          <p className="flex items-baseline gap-1.5">
            <span className="text-xl font-semibold">{show(valuesOf(latest))}</span>
            <span className="text-soft text-sm">{unit}</span>
            {previous !== undefined && (
              <span className="text-soft ml-auto text-xs whitespace-nowrap">
                {change(valuesOf(latest), valuesOf(previous))} since last
              </span>
            )}
          </p>
        )}
      </figcaption>
      {series.length > 1 && measured.length > 1 && <Legend series={series} />}
      {measured.length > 1 ? (
        <div className="mt-1.5 h-36">
          <TrendChart title={title} unit={unit} series={series} visits={measured} />
        </div>
      ) : (
        <Hint>{measured.length === 1 ? 'A second measurement draws the trend.' : ''}</Hint>
      )}
    </figure>
  );
}

/** Solid is the first series, dashed the second, as the chart draws them. */
function Legend({ series }: { series: readonly Series[] }) {
  return (
    <p aria-hidden className="text-2xs text-soft absolute top-14 right-4 flex gap-3">
      {series.map(({ key, name }, index) => (
        <span key={key} className="inline-flex items-center gap-1">
          <span
            className={`w-4 border-t-2 ${index === 0 ? 'border-accent' : 'border-soft border-dashed'}`}
          />
          {name}
        </span>
      ))}
    </p>
  );
}

function Hint({ children }: { children: ReactNode }) {
  return <p className="text-soft mt-2 mb-1 text-xs">{children}</p>;
}

/** The difference to the measurement before, each value with its sign. */
function change(latest: readonly number[], previous: readonly number[]): string {
  return latest
    .map((value, index) => {
      const difference = Math.round((value - (previous[index] ?? value)) * 10) / 10;
      if (difference === 0) return '±0';
      return difference > 0 ? `+${difference}` : `−${Math.abs(difference)}`;
    })
    .join('/');
}
