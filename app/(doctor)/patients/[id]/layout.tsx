// Around every page of a chart: who it is about, what to beware of, and the way between its pages. A doctor outside the
// care team finds the gate here instead.
import { Suspense, type ReactNode } from 'react';
import { CareBar } from '@/components/emergency/care-bar';
import { EmergencyGate } from '@/components/emergency/emergency-gate';
import { ChartNav } from '@/components/record/chart-nav';
import { LoadingBanner } from '@/components/record/loading-banner';
import { PatientBanner } from '@/components/record/patient-banner';
import { LoadingRecord } from '@/components/states/loading-record';
import { PrintGate } from '@/components/ui/print-gate';
import { notePrintAction, revealSsnAction } from '../chart-actions';
import { readChart } from './read-chart';

interface ChartLayoutProps {
  params: Promise<{ id: string }>;
  children: ReactNode;
}

export default async function ChartLayout({ params, children }: ChartLayoutProps) {
  const { id } = await params;
  return (
    <PrintGate note={notePrintAction.bind(null, id)}>
      {/* Together, or the page would jump down under somebody's pointer when its head arrives. */}
      <Suspense fallback={<LoadingChart />}>
        <ChartHead id={id} />
        {children}
      </Suspense>
    </PrintGate>
  );
}

function LoadingChart() {
  return (
    <>
      <LoadingBanner />
      <LoadingRecord what="record" />
    </>
  );
}

async function ChartHead({ id }: { id: string }) {
  // What goes wrong is the page's to say: it waits for the same answer.
  const loaded = await readChart(id).catch(() => null);
  if (loaded?.state === 'outside-care-team') return <EmergencyGate patientId={id} />;
  if (loaded?.state !== 'read') return null;
  return (
    <>
      <CareBar patientId={id} />
      <PatientBanner record={loaded.value} reveal={revealSsnAction.bind(null, id)} />
      <ChartNav id={id} />
    </>
  );
}
