// The shape of a page with a form, while it is on its way.
import { Bar } from '@/components/ui/skeleton';
import { LoadingLabel } from './loading-label';

export function LoadingForm() {
  return (
    <>
      <LoadingLabel what="form" />
      <Bar className="mb-5 h-6 w-56" />
      <div className="panel max-w-3xl space-y-4 p-5">
        {['w-40', 'w-full', 'w-32', 'w-full', 'w-36', 'w-full'].map((width, index) => (
          <Bar key={index} className={width} />
        ))}
      </div>
    </>
  );
}
