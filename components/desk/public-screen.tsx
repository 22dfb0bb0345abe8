'use client';
// A screen that the waiting room sees: covered as soon as nobody works on it (idle, another window, another tab), and opened
// again by a key or a click. On unless the person turns it off for this tab; the choice says nothing of anybody.
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { EyeOff } from 'lucide-react';
import { useTranslations } from 'use-intl';
import { Button } from '@/components/ui/button';

const IDLE_MS = 60_000;
const CHOICE = 'medcomd.public-screen';

export function PublicScreen({ children }: { children: ReactNode }) {
  const t = useTranslations('desk.publicScreen');
  const [on, setOn] = useState(true);
  const [covered, setCovered] = useState(false);
  const cover = useRef<HTMLButtonElement>(null);
  const before = useRef<Element>(null);

  useEffect(() => {
    // Read after hydration: the server does not know it.
    const timer = setTimeout(() => setOn(sessionStorage.getItem(CHOICE) !== 'off'));
    return () => clearTimeout(timer);
  }, []);

  useEffect(() => {
    if (!on) return;
    let timer: ReturnType<typeof setTimeout>;
    const hide = (): void => {
      before.current ??= document.activeElement;
      setCovered(true);
    };
    const restart = (): void => {
      clearTimeout(timer);
      timer = setTimeout(hide, IDLE_MS);
    };
    const onVisibility = (): void => {
      if (document.visibilityState === 'hidden') hide();
    };
    restart();
    // A tab that was opened in the background.
    const opened = setTimeout(onVisibility);
    const events = ['keydown', 'pointerdown', 'pointermove', 'wheel'] as const;
    for (const name of events) window.addEventListener(name, restart, { passive: true });
    window.addEventListener('blur', hide);
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      clearTimeout(timer);
      clearTimeout(opened);
      for (const name of events) window.removeEventListener(name, restart);
      window.removeEventListener('blur', hide);
      document.removeEventListener('visibilitychange', onVisibility);
    };
  }, [on]);

  useEffect(() => {
    if (!covered) {
      // What was worked on is out of sight no more.
      if (before.current instanceof HTMLElement) before.current.focus();
      before.current = null;
      return;
    }
    cover.current?.focus();
    const show = (event: KeyboardEvent): void => {
      // The key opens the screen and types nothing; a shortcut does not print what is covered.
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) event.stopImmediatePropagation();
      setCovered(false);
    };
    window.addEventListener('keydown', show, { capture: true });
    return () => window.removeEventListener('keydown', show, { capture: true });
  }, [covered]);

  const toggle = (): void => {
    sessionStorage.setItem(CHOICE, on ? 'off' : 'on');
    setOn(!on);
  };

  return (
    <>
      <div className="mb-3 flex justify-end print:hidden">
        <Button small onClick={toggle}>
          <EyeOff aria-hidden className="size-3.5" />
          {on ? t('on') : t('off')}
        </Button>
      </div>
      {/* Out of sight, out of reach and out of the accessibility tree; what was typed stays. */}
      <div className={covered ? 'hidden' : ''}>{children}</div>
      {covered && (
        <button
          type="button"
          ref={cover}
          onClick={() => setCovered(false)}
          className="panel text-soft flex min-h-[60vh] w-full flex-col items-center justify-center gap-2"
        >
          <EyeOff aria-hidden className="size-8" />
          <span className="text-ink text-lg font-semibold">{t('covered')}</span>
          <span>{t('open')}</span>
        </button>
      )}
    </>
  );
}
