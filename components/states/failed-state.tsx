'use client';
// What an error boundary shows. The error itself stays on the server; a person gets a reference to it.
import Link from 'next/link';
import { CircleAlert } from 'lucide-react';
import { Button, buttonClass } from '@/components/ui/button';
import { FullState } from './full-state';

/** The props that Next.js passes to an `error.tsx`. */
export interface BoundaryProps {
  error: unknown;
  retry: () => void;
}

export function FailedState({ error, retry, what }: BoundaryProps & { what: string }) {
  const digest = error instanceof Error && 'digest' in error ? String(error.digest) : undefined;
  return (
    <div role="alert">
      <FullState
        icon={CircleAlert}
        title={`${what} could not be loaded`}
        actions={
          <>
            <Button tone="primary" onClick={() => retry()}>
              Try again
            </Button>
            <Link href="/" prefetch={false} className={buttonClass('quiet')}>
              Start page
            </Link>
          </>
        }
      >
        <p>The clinic server or its database did not answer. No data was changed.</p>
        {digest !== undefined && <p className="mt-2 text-sm">Reference: {digest}</p>}
      </FullState>
    </div>
  );
}
