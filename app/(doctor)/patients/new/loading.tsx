// Shown at once on the way to this page.
import { LoadingForm } from '@/components/states/loading-form';

export default function FormLoading() {
  return <LoadingForm />;
}
