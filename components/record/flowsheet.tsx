'use client';
// All visits as a flowsheet: a line for each vital sign, a column for each visit, newest first. The latest columns at
// first; on paper, where columns would run off the page, a table of its own with all of them.
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { Button } from '@/components/ui/button';
import { Panel } from '@/components/ui/panel';
import { usePrinting } from '@/components/ui/print-gate';
import { ScrollRegion } from '@/components/ui/scroll-region';
import type { Corrections } from '@/components/vitals/correction-dialog';
import { CorrectionLine } from '@/components/vitals/correction-line';
import { ExportVisits, type ExportVisitsProps } from './export-visits';
import { CELL, CorrectionText, LineCell, LineName, type Ranges } from './flowsheet-cells';
import { PrintedVisits } from './printed-visits';
import { RangeNote } from './range-note';
import { LINES, type Line, type Writer } from './vital-display';
import type { VisitRow } from './visit-row';
import { countedRows } from './visit-row';

const SHOWN_AT_FIRST = 8;

interface FlowsheetProps extends ExportVisitsProps {
  /** Whose visits, for paper. */
  patient: string;
  visits: readonly VisitRow[];
  ranges: Ranges;
  writer: Writer;
  corrections: Corrections;
}

export function Flowsheet({
  patient,
  visits,
  ranges,
  writer,
  corrections,
  exportVisits,
}: FlowsheetProps) {
  const t = useTranslations('record');
  const printing = usePrinting();
  const [all, setAll] = useState(false);
  const more = visits.length - SHOWN_AT_FIRST;
  const folded = (index: number): string => (!all && index >= SHOWN_AT_FIRST ? 'hidden' : '');
  return (
    <Panel
      title={t('visits')}
      flush
      aside={
        <div className="flex items-center gap-3">
          <span className="text-soft text-sm">
            {t('visitCount', { count: countedRows(visits).length })}
          </span>
          {visits.length > 0 && <ExportVisits exportVisits={exportVisits} />}
        </div>
      }
    >
      {visits.length === 0 ? (
        <p className="text-soft px-4 py-6">{t('noVisits')}</p>
      ) : (
        <>
          {printing && <PrintedVisits {...{ patient, visits, ranges, writer }} />}
          <div className="print:hidden">
            <ScrollRegion label={t('visitsTable')}>
              <table className="w-full border-collapse text-sm">
                <caption className="sr-only">{t('visitsCaption')}</caption>
                <thead>
                  <tr className="align-bottom">
                    <th scope="col" className={`${SIGN_CELL} text-soft text-xs font-medium`}>
                      {t('vitalSign')}
                    </th>
                    {visits.map((visit, index) => (
                      <VisitHead key={visit.id} visit={visit} className={folded(index)} />
                    ))}
                    <th className="w-full p-0" aria-hidden />
                  </tr>
                </thead>
                <tbody>
                  {LINES.map((line) => (
                    <tr key={line.key} className="border-line hover:bg-sunken group border-t">
                      <LineHead line={line} ranges={ranges} writer={writer} />
                      {visits.map((visit, index) => (
                        <LineCell
                          key={visit.id}
                          line={line}
                          visit={visit}
                          writer={writer}
                          className={folded(index)}
                        />
                      ))}
                    </tr>
                  ))}
                  <TextLine label={t('note')} visits={visits} folded={folded} of={noteOf} />
                  <TextLine
                    label={t('measuredBy')}
                    visits={visits}
                    folded={folded}
                    of={({ doctor }) => doctor}
                  />
                  {visits.some(({ error, corrects }) => error !== null || corrects !== null) && (
                    <tr className="border-line border-t align-top">
                      <th scope="row" className={SIGN_CELL}>
                        {t('corrections')}
                      </th>
                      {visits.map((visit, index) => (
                        <Correction key={visit.id} visit={visit} className={folded(index)} />
                      ))}
                    </tr>
                  )}
                  <CorrectionLine
                    visits={visits}
                    headClass={SIGN_CELL}
                    cellClass={(index) => `${CELL} ${folded(index)}`}
                    {...corrections}
                  />
                </tbody>
              </table>
            </ScrollRegion>
          </div>
          <div className="border-line flex flex-wrap items-start gap-x-4 gap-y-2 border-t px-4 py-2 print:hidden">
            {more > 0 && (
              <Button small tone="plain" aria-expanded={all} onClick={() => setAll(!all)}>
                {all ? t('showLatest') : t('showOlder', { count: more })}
              </Button>
            )}
            <RangeNote />
          </div>
        </>
      )}
    </Panel>
  );
}

/** Stays in sight while the visits scroll below it. */
const SIGN_CELL =
  'bg-surface border-line sticky left-0 z-10 min-w-36 border-r py-1.5 pr-2 pl-4 text-left font-medium align-top';

function noteOf({ note }: VisitRow): string {
  return note;
}

function VisitHead({ visit, className }: { visit: VisitRow; className: string }) {
  const t = useTranslations('record');
  return (
    <th scope="col" className={`${CELL} text-left font-medium whitespace-nowrap ${className}`}>
      {visit.day}
      <span className="text-soft block text-xs font-normal">{visit.time}</span>
      {visit.error !== null && (
        <span className="text-danger block text-xs font-semibold">{t('inError')}</span>
      )}
      {visit.corrects !== null && (
        <span className="text-soft block text-xs font-normal">{t('correction')}</span>
      )}
    </th>
  );
}

interface LineHeadProps {
  line: Line;
  ranges: Ranges;
  writer: Writer;
}

function LineHead(props: LineHeadProps) {
  return (
    <th scope="row" className={`${SIGN_CELL} group-hover:bg-sunken`}>
      <LineName {...props} />
    </th>
  );
}

interface TextLineProps {
  label: string;
  visits: readonly VisitRow[];
  folded: (index: number) => string;
  of: (visit: VisitRow) => string;
}

function TextLine({ label, visits, folded, of }: TextLineProps) {
  return (
    <tr className="border-line border-t align-top">
      <th scope="row" className={SIGN_CELL}>
        {label}
      </th>
      {visits.map((visit, index) => (
        <td key={visit.id} className={`${CELL} text-soft text-xs ${folded(index)}`}>
          <span className="line-clamp-6 block max-w-48 min-w-20 whitespace-pre-line">
            {visit.error === null ? of(visit) : <del>{of(visit)}</del>}
          </span>
        </td>
      ))}
    </tr>
  );
}

function Correction({ visit, className }: { visit: VisitRow; className: string }) {
  return (
    <td className={`${CELL} text-xs ${className}`}>
      <span className="block max-w-48 min-w-20">
        <CorrectionText visit={visit} />
      </span>
    </td>
  );
}
