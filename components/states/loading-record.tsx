// The shape of a patient's page below the banner, while it is on its way: main column, side column.
import { Bar } from '@/components/ui/skeleton';
import { LoadingLabel, type AwaitedPart } from './loading-label';

export function LoadingRecord({ what }: { what: AwaitedPart }) {
  return (
    <>
      <LoadingLabel what={what} />
      <div className="grid items-start gap-3 lg:grid-cols-[minmax(0,1fr)_21rem]">
        <div className="panel h-80 p-4">
          <Bar className="w-28" />
        </div>
        <div className="panel h-80 p-4">
          <Bar className="w-36" />
        </div>
      </div>
    </>
  );
}
