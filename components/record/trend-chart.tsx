'use client';
// One line chart over time with its band of normal values, drawn with recharts. Loaded lazily; knows values, not patients.
import { useTranslations } from 'use-intl';
import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
  type TooltipContentProps,
} from 'recharts';
import { monthOf } from '@/components/format';
import { valueTicks } from './chart-scale';
import type { TrendPoint } from './trend-points';

/** First series solid in the accent colour, second dashed in grey: told apart without colour too. */
const LOOKS = [
  { stroke: 'var(--color-accent)', strokeDasharray: '' },
  { stroke: 'var(--color-soft)', strokeDasharray: '4 3' },
] as const;

const YEAR_MS = 365 * 86_400_000;

interface TrendChartProps {
  title: string;
  unit: string;
  /** Names of the values of each point. */
  series: readonly string[];
  /** Oldest first, at least one. */
  points: readonly TrendPoint[];
}

export function TrendChart({ title, unit, series, points }: TrendChartProps) {
  const t = useTranslations('record');
  const times = timeTicks(points);
  const ticks = valueTicks(points.flatMap(({ values }) => values));
  return (
    <ResponsiveContainer width="100%" height="100%">
      <ComposedChart
        data={[...points]}
        margin={{ top: 6, right: 6, bottom: 0, left: 0 }}
        title={t('chartTitle', { title })}
      >
        {series.map((name, index) => (
          <Area
            key={`band ${name}`}
            dataKey={(point: TrendPoint) => point.bands[index] ?? undefined}
            type="stepAfter"
            fill="var(--color-good-wash)"
            fillOpacity={1}
            stroke="none"
            isAnimationActive={false}
            activeDot={false}
            tooltipType="none"
          />
        ))}
        <CartesianGrid vertical={false} stroke="var(--color-line)" />
        <XAxis
          dataKey="at"
          type="number"
          scale="time"
          domain={['dataMin', 'dataMax']}
          ticks={times.map(({ at }) => at)}
          tick={(props: TickProps) => <TimeTick {...props} label={times[props.index]?.label} />}
          tickLine={false}
          axisLine={{ stroke: 'var(--color-line)' }}
          interval={0}
          padding={{ left: 6, right: 6 }}
          height={20}
        />
        <YAxis
          width={30}
          domain={[ticks[0] ?? 0, ticks.at(-1) ?? 1]}
          allowDataOverflow
          ticks={ticks}
          interval={0}
          tick={{ fill: 'var(--color-soft)', fontSize: 11 }}
          tickLine={false}
          axisLine={false}
        />
        <Tooltip
          isAnimationActive={false}
          cursor={{ stroke: 'var(--color-edge)' }}
          content={(props) => <PointReading {...props} unit={unit} />}
        />
        {series.map((name, index) => (
          <Line
            key={name}
            dataKey={(point: TrendPoint) => point.values[index]}
            name={name}
            type="linear"
            isAnimationActive={false}
            strokeWidth={1.75}
            dot={points.length > 30 ? false : { r: 2, strokeWidth: 0, fill: LOOKS[index]?.stroke }}
            activeDot={{ r: 4, strokeWidth: 0, fill: LOOKS[index]?.stroke }}
            {...LOOKS[index]}
          />
        ))}
      </ComposedChart>
    </ResponsiveContainer>
  );
}

/** First and last visit; as months when years lie between, as days otherwise, on one day as times. */
function timeTicks(points: readonly TrendPoint[]): { at: number; label: string }[] {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return [];
  const long = last.at - first.at > YEAR_MS;
  return [first, last].map(({ at, day, time }) => ({
    at,
    label: long ? monthOf(day) : first.day === last.day ? time : day,
  }));
}

interface TickProps {
  x: number | string;
  y: number | string;
  index: number;
}

/** The first label starts at its tick, the last one ends there, so that neither is cut off. */
function TimeTick({ x, y, index, label }: TickProps & { label: string | undefined }) {
  return (
    <text
      x={x}
      y={y}
      dy={10}
      textAnchor={index === 0 ? 'start' : 'end'}
      fill="var(--color-soft)"
      fontSize={11}
    >
      {label}
    </text>
  );
}

function PointReading({ active, payload, unit }: TooltipContentProps & { unit: string }) {
  const point = payload[0]?.payload as TrendPoint | undefined;
  if (!active || point === undefined) return null;
  return (
    <div className="panel px-2.5 py-1.5 text-sm shadow-sm">
      <p className="text-soft text-xs">
        {point.day} {point.time}
      </p>
      <p className="font-semibold">
        {point.text} <span className="text-soft font-normal">{unit}</span>
      </p>
    </div>
  );
}
