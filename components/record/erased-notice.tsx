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
        This patient’s data key was destroyed on request. Blood type and visits can no longer be
        read by anyone, in the database or in any backup, and nothing can be added.
      </p>
    </section>
  );
}
