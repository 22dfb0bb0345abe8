'use client';
// One line chart over time, drawn with recharts. Loaded lazily; knows values, not patients.
import {
  CartesianGrid,
  Line,
  LineChart,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
  type TooltipContentProps,
} from 'recharts';
import { monthOf } from '@/components/format';
import { valueTicks } from './chart-scale';
import type { VisitRow } from './visit-row';

export interface Series {
  key: 'weightKg' | 'heartRate' | 'systolic' | 'diastolic';
  name: string;
}

/** First series solid in the accent colour, second dashed in grey: told apart without colour too. */
const LOOKS = [
  { stroke: 'var(--color-accent)', strokeDasharray: '' },
  { stroke: 'var(--color-soft)', strokeDasharray: '4 3' },
] as const;

const YEAR_MS = 365 * 86_400_000;

interface TrendChartProps {
  title: string;
  unit: string;
  series: readonly Series[];
  /** Newest first. */
  visits: readonly VisitRow[];
}

export function TrendChart({ title, unit, series, visits }: TrendChartProps) {
  const data = visits.toReversed();
  const times = timeTicks(data);
  const ticks = valueTicks(
    data.flatMap((visit) => series.map(({ key }) => visit[key] ?? [])).flat(),
  );
  return (
    <ResponsiveContainer width="100%" height="100%">
      <LineChart
        data={data}
        margin={{ top: 6, right: 6, bottom: 0, left: 0 }}
        title={`${title} over time; the visits table has the same values`}
      >
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
          ticks={ticks}
          interval={0}
          tick={{ fill: 'var(--color-soft)', fontSize: 11 }}
          tickLine={false}
          axisLine={false}
        />
        <Tooltip
          isAnimationActive={false}
          cursor={{ stroke: 'var(--color-edge)' }}
          content={(props) => <Reading {...props} unit={unit} series={series} />}
        />
        {series.map(({ key, name }, index) => (
          <Line
            key={key}
            dataKey={key}
            name={name}
            type="linear"
            isAnimationActive={false}
            strokeWidth={1.75}
            dot={data.length > 30 ? false : { r: 2, strokeWidth: 0, fill: LOOKS[index]?.stroke }}
            activeDot={{ r: 4, strokeWidth: 0, fill: LOOKS[index]?.stroke }}
            {...LOOKS[index]}
          />
        ))}
      </LineChart>
    </ResponsiveContainer>
  );
}

/** First and last visit; as months when years lie between, as days otherwise, on one day as times. */
function timeTicks(visits: readonly VisitRow[]): { at: number; label: string }[] {
  const [first, last] = [visits[0], visits.at(-1)];
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

type ReadingProps = TooltipContentProps & { unit: string; series: readonly Series[] };

function Reading({ active, payload, unit, series }: ReadingProps) {
  const visit = payload[0]?.payload as VisitRow | undefined;
  if (!active || visit === undefined) return null;
  return (
    <div className="panel px-2.5 py-1.5 text-sm shadow-sm">
      <p className="text-soft text-xs">
        {visit.day} {visit.time}
      </p>
      <p className="font-semibold">
        {series.map(({ key }) => visit[key]).join('/')}{' '}
        <span className="text-soft font-normal">{unit}</span>
      </p>
    </div>
  );
}
