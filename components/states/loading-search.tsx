// The shape of a search page, while it is on its way.
import { Bar } from '@/components/ui/skeleton';
import { LoadingLabel } from './loading-label';

export function LoadingSearch() {
  return (
    <>
      <LoadingLabel what="search" />
      <Bar className="mb-5 h-6 w-48" />
      <Bar className="h-10 w-full max-w-2xl" />
    </>
  );
}
