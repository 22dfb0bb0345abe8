// The shape of a search page, while it is on its way.
import { Bar, LoadingLabel } from '@/components/ui/skeleton';

export function LoadingSearch() {
  return (
    <>
      <LoadingLabel>Loading the search</LoadingLabel>
      <Bar className="mb-5 h-6 w-48" />
      <Bar className="h-10 w-full max-w-2xl" />
    </>
  );
}
