// The shape of a page with a form, while it is on its way.
import { Bar, LoadingLabel } from '@/components/ui/skeleton';

export function LoadingForm({ label }: { label: string }) {
  return (
    <>
      <LoadingLabel>{label}</LoadingLabel>
      <Bar className="mb-5 h-6 w-56" />
      <div className="panel max-w-3xl space-y-4 p-5">
        {['w-40', 'w-full', 'w-32', 'w-full', 'w-36', 'w-full'].map((width, index) => (
          <Bar key={index} className={width} />
        ))}
      </div>
    </>
  );
}
