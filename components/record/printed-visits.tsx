'use client';
// The visits on paper: a row for each, newest first, all of them. Rows go on over the pages; columns would be cut off. It is
// in the page only while that prints.
import { useTranslations } from 'use-intl';
import { CELL, CorrectionText, LineCell, LineName, type Ranges } from './flowsheet-cells';
import { LINES, type Writer } from './vital-display';
import type { VisitRow } from './visit-row';

interface PrintedVisitsProps {
  /** Whose they are: a line that each sheet of paper carries. */
  patient: string;
  visits: readonly VisitRow[];
  ranges: Ranges;
  writer: Writer;
}

export function PrintedVisits({ patient, visits, ranges, writer }: PrintedVisitsProps) {
  const t = useTranslations('record');
  return (
    <table className="text-2xs hidden w-full border-collapse print:table">
      <caption className="sr-only">{t('visitsCaption')}</caption>
      <thead>
        <tr>
          <th colSpan={LINES.length + 3} scope="colgroup" className={`${HEAD} whitespace-nowrap`}>
            {patient}
          </th>
        </tr>
        <tr>
          <th scope="col" className={HEAD}>
            {t('date')}
          </th>
          {LINES.map((line) => (
            <th key={line.key} scope="col" className={HEAD}>
              <LineName line={line} ranges={ranges} writer={writer} />
            </th>
          ))}
          <th scope="col" className={HEAD}>
            {t('note')}
          </th>
          <th scope="col" className={HEAD}>
            {t('measuredBy')}
          </th>
        </tr>
      </thead>
      <tbody>
        {visits.map((visit) => (
          <tr key={visit.id} className="border-line break-inside-avoid border-t">
            <th scope="row" className={`${HEAD} whitespace-nowrap`}>
              {visit.day}
              <span className="text-soft block font-normal">{visit.time}</span>
              {visit.error !== null && <span className="block">{t('inError')}</span>}
            </th>
            {LINES.map((line) => (
              <LineCell key={line.key} line={line} visit={visit} writer={writer} className="" />
            ))}
            <td className={CELL}>
              <span className="block whitespace-pre-line">
                {visit.error === null ? visit.note : <del>{visit.note}</del>}
              </span>
              <span className="text-soft block">
                <CorrectionText visit={visit} />
              </span>
            </td>
            <td className={CELL}>{visit.doctor}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const HEAD = `${CELL} text-left font-medium`;
