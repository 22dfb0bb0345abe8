// Shown at once on the way to this page.
import { LoadingSearch } from '@/components/states/loading-search';

export default function SearchLoading() {
  return <LoadingSearch />;
}
