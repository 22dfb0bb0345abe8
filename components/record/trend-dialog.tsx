'use client';
// One trend, large: the period can be chosen, and the same numbers stand in a table. A native dialog, closed by Escape.
import { useEffect, useId, useRef, useState } from 'react';
import { X } from 'lucide-react';
import { useTranslations } from 'use-intl';
import { Button } from '@/components/ui/button';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { worstFlag } from '@/lib/vitals/ranges';
import { FlagMark } from './flag-mark';
import { PERIODS, withinPeriod, type Period, type TrendPoint } from './trend-points';
import { Legend, seriesNames, TrendChart } from './trend-parts';
import { unitOf, writeLineChange, type Line, type Writer } from './vital-display';

interface TrendDialogProps {
  line: Line;
  points: readonly TrendPoint[];
  writer: Writer;
  close: () => void;
}

export function TrendDialog({ line, points, writer, close }: TrendDialogProps) {
  const t = useTranslations('record');
  const titleId = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const [period, setPeriod] = useState<Period>('all');
  const [view, setView] = useState<'chart' | 'table'>('chart');
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const title = t(`sign.${line.key}`);
  const unit = unitOf(line.signs[0], writer.units);
  const series = seriesNames(line, t);
  const shown = withinPeriod(points, period);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onClose={close}
      className="panel text-ink backdrop:bg-ink/40 m-auto w-[min(56rem,calc(100vw-1.5rem))] p-0 print:hidden"
    >
      <header className="border-line flex flex-wrap items-center gap-x-4 gap-y-2 border-b px-4 py-2">
        <h2 id={titleId} className="text-lg font-semibold">
          {title} <span className="text-soft text-sm font-normal">{unit}</span>
        </h2>
        <label className="text-soft flex items-center gap-2 text-sm">
          {t('period')}
          <select
            className="control h-8 w-auto"
            value={period}
            onChange={(event) =>
              setPeriod(PERIODS.find((one) => one === event.target.value) ?? 'all')
            }
          >
            {PERIODS.map((one) => (
              <option key={one} value={one}>
                {t(`periods.${one}`)}
              </option>
            ))}
          </select>
        </label>
        <Button
          small
          aria-pressed={view === 'table'}
          onClick={() => setView(view === 'chart' ? 'table' : 'chart')}
        >
          {t('asTable')}
        </Button>
        <Button
          small
          tone="plain"
          className="ml-auto"
          aria-label={t('close')}
          onClick={() => dialog.current?.close()}
        >
          <X aria-hidden className="size-4" />
        </Button>
      </header>
      <div className="p-4">
        {view === 'chart' ? (
          <>
            <div className="h-[min(24rem,60vh)]">
              <TrendChart title={title} unit={unit} series={series} points={shown} />
            </div>
            <Legend series={series} hasBand={shown.some(({ bands }) => bands[0] !== null)} />
          </>
        ) : (
          <div className="max-h-[min(26rem,64vh)] overflow-y-auto">
            <ScrollRegion label={title}>
              <table className="w-full border-collapse text-sm whitespace-nowrap">
                <thead>
                  <tr className="text-soft text-left text-xs">
                    <th scope="col" className={CELL}>
                      {t('date')}
                    </th>
                    <th scope="col" className={CELL}>
                      {series.join('/')} <span className="font-normal">{unit}</span>
                    </th>
                    <th scope="col" className={CELL}>
                      {t('sincePrevious')}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {shown.toReversed().map(({ row, text }) => (
                    <tr key={row.id} className="border-line border-t">
                      <th scope="row" className={`${CELL} font-medium`}>
                        {row.day} <span className="text-soft font-normal">{row.time}</span>
                      </th>
                      <td className={CELL}>
                        {text}{' '}
                        <FlagMark
                          flag={worstFlag(
                            line.signs.map((sign) => row.readings[sign]?.flag ?? null),
                          )}
                        />
                      </td>
                      <td className={`${CELL} text-soft`}>{writeLineChange(row, line, writer)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </ScrollRegion>
          </div>
        )}
      </div>
    </dialog>
  );
}

const CELL = 'px-2.5 py-1.5 text-left';
