'use client';
// After sign-out nothing may come back: a page restored from the browser's back/forward cache is
// fetched anew (and then refused), and every other tab leaves when one of them signs out.
import { useEffect } from 'react';

const CHANNEL = 'medcomd-session';

/** Tells the other tabs of this browser that the session has ended. */
export function announceSignOut(): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage('signed-out');
  channel.close();
}

export function SessionGuard() {
  useEffect(() => {
    const channel = new BroadcastChannel(CHANNEL);
    channel.addEventListener('message', () => window.location.replace('/sign-in'));
    const onShow = (event: PageTransitionEvent): void => {
      if (!event.persisted) return;
      document.body.hidden = true;
      window.location.reload();
    };
    window.addEventListener('pageshow', onShow);
    return () => {
      channel.close();
      window.removeEventListener('pageshow', onShow);
    };
  }, []);
  return null;
}
