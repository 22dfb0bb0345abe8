'use client';
// Asks the server for the page again, for as long as it is shown and looked at.
import { useEffect } from 'react';
import { useRouter } from 'next/navigation';

export function KeepFresh({ everyMs }: { everyMs: number }) {
  const router = useRouter();
  useEffect(() => {
    const look = (): void => {
      if (document.visibilityState === 'visible') router.refresh();
    };
    const timer = setInterval(look, everyMs);
    // Who comes back to the tab does not wait.
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [router, everyMs]);
  return null;
}
