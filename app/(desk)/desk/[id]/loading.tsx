// Shown at once on the way to this page.
import { LoadingRecord } from '@/components/states/loading-record';

export default function PatientLoading() {
  return <LoadingRecord what="patient" />;
}
