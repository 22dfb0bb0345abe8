'use client';
// After sign-out nothing may come back: a page restored from the browser's back/forward cache is fetched anew (and then
// refused), and every other tab leaves when one of them signs out. Counts down the idle time with a warning that any key
// answers (WCAG 2.2.1), and blanks the page at its end, network or not (C-05).
import { useEffect, useRef, useState } from 'react';
import { useTranslations } from 'use-intl';
import { Button } from '@/components/ui/button';

const CHANNEL = 'medcomd-session';
const ADDRESS = '/api/session';
/** Input is reported at most this often. */
const REPORT_MS = 20_000;
const WARNING_MS = 60_000;
/** What is typed is saved this long before the end. */
const SAVE_MS = 5_000;

/** This tab is on its way to the sign-in page already: a second way there would load it twice, under what is typed. */
let leaving = false;

/** From here on it is the caller who leads to the sign-in page; `false` takes that back. */
export function setLeaving(now: boolean): void {
  leaving = now;
}

/** Tells the other tabs of this browser that the session has ended. */
export function announceSignOut(): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage('signed-out');
  channel.close();
}

export function SessionGuard() {
  useLeaving();
  const { seconds, final, stay } = useIdleTime();
  const [read, setRead] = useState(false);
  if (seconds === null || (final && read)) return null;
  return final ? (
    <Warning seconds={seconds} final close={() => setRead(true)} />
  ) : (
    <Warning seconds={seconds} close={stay} />
  );
}

function useLeaving(): void {
  useEffect(() => {
    const channel = new BroadcastChannel(CHANNEL);
    channel.addEventListener('message', ({ data }) => {
      if (data !== 'signed-out' || leaving) return;
      leaving = true;
      window.location.replace('/sign-in');
    });
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
}

interface IdleTime {
  /** Left until the end; null while there is no need to warn. */
  seconds: number | null;
  /** Nothing extends the session any more: it has lasted as long as any may (C-04). */
  final: boolean;
  stay: () => void;
}

function useIdleTime(): IdleTime {
  const [seconds, setSeconds] = useState<number | null>(null);
  const [final, setFinal] = useState(false);
  const report = useRef<() => void>(() => undefined);

  useEffect(() => {
    const channel = new BroadcastChannel(CHANNEL);
    let endsAt = Number.POSITIVE_INFINITY;
    let reportedAt = Date.now();
    let saved = false;
    let asking = false;
    let mounted = true;
    let isFinal = false;

    const learn = (at: number): void => {
      endsAt = at;
      saved = false;
    };
    const ask = async (method: 'GET' | 'POST'): Promise<void> => {
      if (asking) return;
      asking = true;
      // A server that does not answer extends nothing: the countdown goes on.
      const answer = await fetch(ADDRESS, { method, cache: 'no-store' }).catch(() => null);
      asking = false;
      if (answer?.status === 401) {
        blank();
        return;
      }
      if (answer?.ok !== true) return;
      const { remainingMs } = (await answer.json()) as { remainingMs: number };
      // What the person did would have given more time, if there were any.
      isFinal ||= method === 'POST' && remainingMs <= WARNING_MS;
      setFinal(isFinal);
      learn(Date.now() + remainingMs);
      if (mounted) channel.postMessage(endsAt);
    };
    const active = (): void => {
      const warned = !isFinal && endsAt - Date.now() <= WARNING_MS;
      if (!warned && Date.now() - reportedAt < REPORT_MS) return;
      reportedAt = Date.now();
      void ask('POST');
    };
    const tick = (): void => {
      const left = endsAt - Date.now();
      if (left <= 0) {
        blank();
        return;
      }
      if (left <= SAVE_MS && !saved) {
        saved = true;
        window.dispatchEvent(new Event('medcomd:before-signoff'));
      }
      setSeconds(left <= WARNING_MS ? Math.ceil(left / 1000) : null);
    };

    report.current = active;
    channel.addEventListener('message', ({ data }) => {
      if (typeof data === 'number') learn(data);
    });
    const timer = setInterval(tick, 1000);
    const events = ['keydown', 'pointerdown', 'wheel'] as const;
    for (const name of events) window.addEventListener(name, active, { passive: true });
    // Who opens a page is at work; a tab that loads unseen is not.
    void ask(document.visibilityState === 'visible' ? 'POST' : 'GET');
    return () => {
      mounted = false;
      clearInterval(timer);
      channel.close();
      for (const name of events) window.removeEventListener(name, active);
    };
  }, []);

  return { seconds, final, stay: () => report.current() };
}

function blank(): void {
  if (leaving) return;
  leaving = true;
  document.body.hidden = true;
  window.location.replace('/sign-in?ended=1');
}

interface WarningProps {
  seconds: number;
  final?: boolean;
  close: () => void;
}

function Warning({ seconds, final = false, close }: WarningProps) {
  const t = useTranslations('shell');
  const dialog = useRef<HTMLDialogElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    button.current?.focus();
  }, []);
  return (
    <dialog
      ref={dialog}
      role="alertdialog"
      aria-labelledby="idle-title"
      aria-describedby="idle-text"
      onCancel={close}
      className="panel text-ink backdrop:bg-ink/40 m-auto w-[min(24rem,calc(100vw-2rem))] p-5 shadow-xl"
    >
      <h2 id="idle-title" className="text-lg font-semibold">
        {t(final ? 'finalTitle' : 'idleTitle')}
      </h2>
      <div id="idle-text" className="mt-1 mb-4">
        <p role="timer">{t('idle', { seconds })}</p>
        <p className="text-soft">{t(final ? 'finalKeep' : 'idleKeep')}</p>
      </div>
      <Button tone="primary" ref={button} onClick={close}>
        {t(final ? 'finalClose' : 'idleStay')}
      </Button>
    </dialog>
  );
}
