'use client';
// The one form element. `method="post"` is a refusal: whatever goes wrong with scripts, a browser must
// never put a form's values into an address.
import type { ReactNode } from 'react';
import { Notice, Live } from '@/components/ui/notice';
import { useHydrated } from './hydrated';
import { useMessage } from './use-message';

interface FormProps {
  label: string;
  onSubmit: () => void;
  role?: 'search';
  children: ReactNode;
  className?: string;
}

export function Form({ label, onSubmit, role, children, className = '' }: FormProps) {
  const hydrated = useHydrated();
  return (
    <form
      method="post"
      noValidate
      role={role}
      aria-label={label}
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <fieldset disabled={!hydrated} className={`min-w-0 ${className}`}>
        {children}
      </fieldset>
    </form>
  );
}

/** A failure that belongs to the whole form. */
export function FormFailure({ message }: { message: string | undefined }) {
  const say = useMessage();
  return (
    <Live urgent>
      {message !== undefined && (
        <Notice tone="danger" className="mt-3">
          <p>{say(message)}</p>
        </Notice>
      )}
    </Live>
  );
}
