// The readable state of a record whose data key was destroyed: what is gone, and that it is gone for good.
import { KeyRound } from 'lucide-react';

export function ErasedNotice() {
  return (
    <section aria-labelledby="erased-title" className="panel px-4 py-6 text-center">
      <KeyRound aria-hidden className="text-soft mx-auto mb-2 size-6" strokeWidth={1.5} />
      <h2 id="erased-title" className="text-lg font-semibold">
        The medical record was erased
      </h2>
      <p className="text-soft mx-auto mt-1 max-w-prose">
        This patient’s data key is gone from the key vault. Without that key nobody can read blood
        type and visits, here or in a backup of the records, and nothing can be added.
      </p>
    </section>
  );
}
