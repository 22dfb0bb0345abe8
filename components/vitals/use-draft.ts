'use client';
// Keeps a copy of what is being typed on the server: shortly after each change, and at once when the page goes away or the
// session is about to end. Nothing is kept in the browser.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { VitalsDraft } from '@/schemas/vitals-draft';
import type { EntryForm } from './vitals-fields';

/** Long enough for a whole number, short enough for a crash. */
const PAUSE_MS = 1200;
const RETRY_MS = 10_000;

/** `waiting`: what was typed last is not on the server yet. */
export type DraftState = 'none' | 'waiting' | 'kept' | 'failed';

export interface DraftKeeper {
  state: DraftState;
  /** To be called with every change; `null` when there is nothing left to keep. */
  changed: (draft: VitalsDraft | null) => void;
  /** Sends no copy while the entry itself is being saved, unless the page goes away; and again if it was not. */
  pause: () => void;
  resume: () => void;
  /** Resolves when no copy is under way any more. */
  settled: () => Promise<void>;
}

/** `address` takes the drafts. */
export function useDraft(address: string): DraftKeeper {
  const [state, setState] = useState<DraftState>('none');
  const waiting = useRef<VitalsDraft>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const underWay = useRef<Promise<void>>(Promise.resolve());

  const flush = useCallback(() => {
    clearTimeout(timer.current);
    const draft = waiting.current;
    if (draft === null) return;
    waiting.current = null;
    const sent = send(address, draft).then((outcome) => {
      if (waiting.current !== null) return;
      setState(outcome === 'kept' ? 'kept' : 'failed');
      if (outcome !== 'unreachable') return;
      waiting.current = draft;
      timer.current = setTimeout(flush, RETRY_MS);
    });
    underWay.current = Promise.all([underWay.current, sent]).then(() => undefined);
  }, [address]);

  useEffect(() => {
    const hidden = (): void => {
      if (document.visibilityState === 'hidden') flush();
    };
    window.addEventListener('medcomd:before-signoff', flush);
    window.addEventListener('pagehide', flush);
    document.addEventListener('visibilitychange', hidden);
    return () => {
      window.removeEventListener('medcomd:before-signoff', flush);
      window.removeEventListener('pagehide', flush);
      document.removeEventListener('visibilitychange', hidden);
      // Links inside the clinic change the page without any of these events.
      flush();
    };
  }, [flush]);

  const changed = useCallback(
    (draft: VitalsDraft | null) => {
      clearTimeout(timer.current);
      waiting.current = draft;
      setState(draft === null ? 'none' : 'waiting');
      // One after the other, so that an older copy never arrives last.
      if (draft !== null)
        timer.current = setTimeout(() => void underWay.current.then(flush), PAUSE_MS);
    },
    [flush],
  );
  const pause = useCallback(() => clearTimeout(timer.current), []);
  const resume = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(flush, PAUSE_MS);
  }, [flush]);
  const settled = useCallback(() => underWay.current, []);
  return { state, changed, pause, resume, settled };
}

/** Hands every change of the form to the keeper. */
export function useKeptCopy(
  form: EntryForm,
  { changed }: DraftKeeper,
  { entryKey, units }: Pick<VitalsDraft, 'entryKey' | 'units'>,
): void {
  useEffect(
    () =>
      form.subscribe({
        formState: { values: true },
        callback: ({ values, type }) => {
          // Without a type of event the boxes were filled or emptied by nobody's hands.
          if (type !== undefined) changed({ entryKey, units, values: { ...values } });
        },
      }),
    [form, changed, entryKey, units],
  );
}

/** Puts a draft back into the boxes, once. */
export function useRestored(form: EntryForm, draft: VitalsDraft | null): void {
  useEffect(() => {
    if (draft !== null) form.reset(draft.values, { keepDefaultValues: true, keepFieldsRef: true });
  }, [form, draft]);
}

async function send(
  address: string,
  draft: VitalsDraft,
): Promise<'kept' | 'refused' | 'unreachable'> {
  try {
    const { ok } = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(draft),
      // Goes on after the page is gone.
      keepalive: true,
    });
    return ok ? 'kept' : 'refused';
  } catch {
    return 'unreachable';
  }
}
