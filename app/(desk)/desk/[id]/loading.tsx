// Shown at once on the way to this page.
import { LoadingBanner } from '@/components/record/loading-banner';
import { LoadingRecord } from '@/components/states/loading-record';

export default function PatientLoading() {
  return (
    <>
      <LoadingBanner />
      <LoadingRecord what="patient" />
    </>
  );
}
