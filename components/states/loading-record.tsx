// The shape of a patient's page, while it is on its way: banner, main column, side column.
import { Bar } from '@/components/ui/skeleton';
import { LoadingLabel, type AwaitedPart } from './loading-label';

export function LoadingRecord({ what }: { what: AwaitedPart }) {
  return (
    <>
      <LoadingLabel what={what} />
      <div className="panel mb-3 flex gap-8 px-4 py-5">
        <Bar className="h-6 w-52" />
        <Bar className="w-24" />
        <Bar className="w-32" />
      </div>
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
