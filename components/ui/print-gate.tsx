'use client';
// Paper leaves a patient's page only through its print button (or its shortcut), which writes the audit event first (C-28). What a
// browser prints by its own menu is a sentence that says so.
import {
  createContext,
  use,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  type ReactNode,
} from 'react';
import { flushSync } from 'react-dom';
import { Printer } from 'lucide-react';
import { useTranslations } from 'use-intl';
import { leaveIfSignedOut, UNREACHABLE, type ActionResult } from '@/components/form/action-result';
import { Button } from '@/components/ui/button';

interface Printing {
  /** The page is on its way to paper. */
  open: boolean;
  print: () => void;
  pending: boolean;
  failed: boolean;
}

const PrintContext = createContext<Printing | null>(null);

interface PrintGateProps {
  /** Writes the audit event. */
  note: () => Promise<ActionResult>;
  children: ReactNode;
}

export function PrintGate({ note, children }: PrintGateProps) {
  const t = useTranslations('form');
  const [state, setState] = useState<'closed' | 'pending' | 'open' | 'failed'>('closed');
  // A bound action is a new function after every refresh of the page.
  const latest = useRef(note);
  useEffect(() => {
    latest.current = note;
  }, [note]);

  const print = useCallback(() => {
    setState('pending');
    void latest
      .current()
      .catch(() => UNREACHABLE)
      .then((result) => {
        leaveIfSignedOut(result);
        // The paper is made while `print` runs: the record must be in the page before.
        flushSync(() => setState(result.ok ? 'open' : 'failed'));
        if (!result.ok) return;
        window.print();
        setState('closed');
      });
  }, []);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const isPrint = event.key === 'p' && (event.ctrlKey || event.metaKey);
      if (!isPrint || event.shiftKey || event.altKey) return;
      event.preventDefault();
      print();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [print]);

  const value = useMemo(
    () => ({
      print,
      open: state === 'open',
      pending: state === 'pending',
      failed: state === 'failed',
    }),
    [print, state],
  );
  return (
    <PrintContext value={value}>
      <div className={state === 'open' ? '' : 'print:hidden'}>{children}</div>
      {state !== 'open' && <p className="hidden print:block">{t('printClosed')}</p>}
    </PrintContext>
  );
}

/** Whether the page is being printed: for what only paper needs. */
export function usePrinting(): boolean {
  return use(PrintContext)?.open ?? false;
}

export function PrintButton() {
  const t = useTranslations('form');
  const printing = use(PrintContext);
  if (printing === null) return null;
  return (
    <span className="inline-flex shrink-0 items-center gap-2">
      <span role="alert" className="text-danger text-sm">
        {printing.failed ? t('printFailed') : ''}
      </span>
      <Button small tone="quiet" pending={printing.pending} onClick={printing.print}>
        <Printer aria-hidden className="size-3.5" />
        {t('print')}
      </Button>
    </span>
  );
}
