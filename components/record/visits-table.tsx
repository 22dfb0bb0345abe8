'use client';
// All visits, newest first, units in the head. Ten rows at first; printing shows every one.
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { Panel } from '@/components/ui/panel';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { formatCount } from '@/components/format';
import type { VisitRow } from './visit-row';

const SHOWN_AT_FIRST = 10;

export function VisitsTable({ visits }: { visits: readonly VisitRow[] }) {
  const [all, setAll] = useState(false);
  const more = visits.length - SHOWN_AT_FIRST;
  return (
    <Panel
      title="Visits"
      flush
      aside={
        <span className="text-soft text-sm">{formatCount(visits.length, 'visit', 'visits')}</span>
      }
    >
      {visits.length === 0 ? (
        <p className="text-soft px-4 py-6">
          No visits yet. The first measurement that you add appears here.
        </p>
      ) : (
        <>
          <ScrollRegion label="Visits table">
            <table className="print:text-2xs w-full border-collapse text-sm whitespace-nowrap">
              <caption className="sr-only">Visits, newest first</caption>
              <thead>
                <tr className="text-soft text-right text-xs">
                  <Head align="left" label="Date" />
                  <Head label="Weight" unit="kg" />
                  <Head label="Heart rate" unit="/min" />
                  <Head label="Blood pressure" unit="mmHg" />
                  <Head label="Temp." unit="°C" />
                  <Head label="Resp. rate" unit="/min" />
                  <Head label="SpO₂" unit="%" />
                  <Head align="left" label="Note" />
                  <Head align="left" label="Measured by" />
                </tr>
              </thead>
              <tbody>
                {visits.map((visit, index) => (
                  <Row key={visit.id} visit={visit} folded={!all && index >= SHOWN_AT_FIRST} />
                ))}
              </tbody>
            </table>
          </ScrollRegion>
          {more > 0 && (
            <div className="border-line border-t px-4 py-2 print:hidden">
              <Button small tone="plain" aria-expanded={all} onClick={() => setAll(!all)}>
                {all
                  ? 'Show the latest ten'
                  : `Show ${formatCount(more, 'older visit', 'older visits')}`}
              </Button>
            </div>
          )}
        </>
      )}
    </Panel>
  );
}

function Head({ label, unit, align }: { label: string; unit?: string; align?: 'left' }) {
  return (
    <th
      scope="col"
      className={`px-2.5 py-1.5 font-medium first:pl-4 last:pr-4 ${align === 'left' ? 'text-left' : ''}`}
    >
      {label}
      {unit !== undefined && <span className="text-2xs block font-normal">{unit}</span>}
    </th>
  );
}

function Row({ visit, folded }: { visit: VisitRow; folded: boolean }) {
  const pressure =
    visit.systolic === null ? null : `${visit.systolic}/${String(visit.diastolic ?? '')}`;
  return (
    <tr
      className={`border-line hover:bg-sunken border-t text-right align-baseline ${folded ? 'hidden print:table-row' : ''}`}
    >
      <th scope="row" className="py-1.5 pr-2.5 pl-4 text-left font-medium">
        {visit.day} <span className="text-soft ml-1 font-normal">{visit.time}</span>
      </th>
      <Cell value={visit.weightKg === null ? null : visit.weightKg.toFixed(1)} />
      <Cell value={visit.heartRate} />
      <Cell value={pressure} />
      <Cell value={visit.temperatureC === null ? null : visit.temperatureC.toFixed(1)} />
      <Cell value={visit.respiratoryRate} />
      <Cell value={visit.oxygenSaturation} />
      <td className="w-full min-w-44 px-2.5 py-1.5 text-left whitespace-pre-line print:min-w-0">
        {visit.note}
      </td>
      <td className="text-soft py-1.5 pr-4 pl-2.5 text-left">{visit.doctor}</td>
    </tr>
  );
}

function Cell({ value }: { value: string | number | null }) {
  return (
    <td className="px-2.5 py-1.5">
      {value ?? (
        <>
          <span aria-hidden className="text-soft">
            –
          </span>
          <span className="sr-only">Not measured</span>
        </>
      )}
    </td>
  );
}
