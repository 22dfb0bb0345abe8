'use client';
// Ctrl-K or Cmd-K: every page and preference by name. Its content is loaded when it is opened for the first time, and holds
// nothing of any patient: a screen at the front desk is in public.
import { useEffect, useRef, useState } from 'react';
import dynamic from 'next/dynamic';
import { Command as CommandIcon } from 'lucide-react';
import { useTranslations } from 'use-intl';
import { useHydrated } from '@/components/form/hydrated';
import { buttonClass } from '@/components/ui/button';
import type { Preferences } from '@/lib/preferences';
import type { NavigationItem } from './navigation';

const load = () => import('./command-list');
const CommandList = dynamic(() => load().then((module) => module.CommandList), { ssr: false });

interface CommandPaletteProps {
  items: readonly NavigationItem[];
  chosen: Preferences;
  withUnits: boolean;
}

export function CommandPalette({ items, chosen, withUnits }: CommandPaletteProps) {
  const t = useTranslations('shell.palette');
  const hydrated = useHydrated();
  const dialog = useRef<HTMLDialogElement>(null);
  const [open, setOpen] = useState(false);

  const show = (): void => {
    if (dialog.current?.open === true) return;
    setOpen(true);
    dialog.current?.showModal();
  };

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      // Begun with the first of the two keys, so that the letters after them find the box.
      if (event.key === 'Control' || event.key === 'Meta') void load();
      const isK = event.key.toLowerCase() === 'k';
      if (!isK || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      show();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);

  return (
    <>
      <button
        type="button"
        onClick={show}
        disabled={!hydrated}
        aria-label={t('open')}
        aria-keyshortcuts="Control+K Meta+K"
        title={`${t('open')} (Ctrl K)`}
        className={`${buttonClass('quiet', true)} max-sm:hidden`}
      >
        <CommandIcon aria-hidden className="size-3.5" />
        <kbd aria-hidden className="text-soft hidden font-sans text-xs lg:inline">
          Ctrl K
        </kbd>
      </button>
      <dialog
        ref={dialog}
        aria-label={t('title')}
        onClose={() => setOpen(false)}
        className="panel text-ink backdrop:bg-ink/40 mx-auto mt-[12vh] w-[min(34rem,calc(100vw-2rem))] p-0 shadow-xl"
      >
        {open && (
          <CommandList
            items={items}
            chosen={chosen}
            withUnits={withUnits}
            onDone={() => dialog.current?.close()}
          />
        )}
      </dialog>
    </>
  );
}
