'use client';
// Until React has taken a page over, its forms are inert: a native submit would lose what was typed.
import { useSyncExternalStore } from 'react';

const never = (): (() => void) => () => undefined;

export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
