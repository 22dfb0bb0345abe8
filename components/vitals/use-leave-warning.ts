'use client';
// The browser's own question before a page is closed whose entry nobody has a copy of yet. Never at the end of a session: a
// question would keep the record on the screen.
import { useEffect } from 'react';

export function useLeaveWarning(unkept: boolean): void {
  useEffect(() => {
    if (!unkept) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    const calm = (): void => window.removeEventListener('beforeunload', ask);
    window.addEventListener('beforeunload', ask);
    window.addEventListener('medcomd:before-signoff', calm);
    return () => {
      calm();
      window.removeEventListener('medcomd:before-signoff', calm);
    };
  }, [unkept]);
}
