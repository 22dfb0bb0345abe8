// The shape of the patient banner, while it is on its way.
import { Bar } from '@/components/ui/skeleton';

export function LoadingBanner() {
  return (
    <div className="panel mb-3 flex flex-wrap gap-8 px-4 py-5">
      <Bar className="h-6 w-52" />
      <Bar className="w-24" />
      <Bar className="w-32" />
    </div>
  );
}
