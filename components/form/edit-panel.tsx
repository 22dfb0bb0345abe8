'use client';
// A panel that shows facts and turns into a form in place. After saving or cancelling, focus goes
// back to the edit button and a live region says what happened.
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Pencil } from 'lucide-react';
import { useTranslations } from 'use-intl';
import { Button } from '@/components/ui/button';
import { Panel } from '@/components/ui/panel';

interface EditPanelProps {
  title: string;
  /** Completes the button's name: "Edit insurance"; already in the person's language. */
  what: string;
  facts: ReactNode;
  form: (close: (saved: boolean) => void) => ReactNode;
}

export function EditPanel({ title, what, facts, form }: EditPanelProps) {
  const t = useTranslations('form');
  const [mode, setMode] = useState<'facts' | 'form' | 'saved'>('facts');
  const button = useRef<HTMLButtonElement>(null);
  const returning = useRef(false);

  useEffect(() => {
    if (mode === 'form') returning.current = true;
    else if (returning.current) button.current?.focus();
  }, [mode]);

  return (
    <Panel
      title={title}
      aside={
        <div className="flex items-center gap-2">
          <span role="status" className="text-good text-sm">
            {mode === 'saved' ? t('saved') : ''}
          </span>
          {mode !== 'form' && (
            <Button
              small
              ref={button}
              tone="plain"
              aria-label={t('editWhat', { what })}
              onClick={() => setMode('form')}
            >
              <Pencil aria-hidden className="size-3.5" />
              {t('edit')}
            </Button>
          )}
        </div>
      }
    >
      {mode === 'form' ? form((saved) => setMode(saved ? 'saved' : 'facts')) : facts}
    </Panel>
  );
}

interface FormButtonsProps {
  save: string;
  pending: boolean;
  onCancel?: () => void;
}

export function FormButtons({ save, pending, onCancel }: FormButtonsProps) {
  const t = useTranslations('form');
  return (
    <div className="flex gap-2 pt-1">
      <Button type="submit" tone="primary" pending={pending}>
        {save}
      </Button>
      {onCancel !== undefined && <Button onClick={onCancel}>{t('cancel')}</Button>}
    </div>
  );
}
