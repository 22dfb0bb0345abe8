'use client';
// The record number, to be handed to a privacy officer. It names a record and opens nothing.
import { useState } from 'react';
import { Copy } from 'lucide-react';
import { useTranslations } from 'use-intl';
import { Button } from '@/components/ui/button';

export function RecordNumber({ id }: { id: string }) {
  const t = useTranslations('form');
  const [said, setSaid] = useState('');

  const copy = async (): Promise<void> => {
    try {
      // Absent on a page that did not come over HTTPS; the number can be selected instead.
      await navigator.clipboard.writeText(id);
      setSaid(t('copied'));
    } catch {
      setSaid(t('selectToCopy'));
    }
  };

  return (
    <span className="inline-flex flex-wrap items-center gap-x-1.5">
      <code className="text-sm select-all">{id}</code>
      <Button small tone="plain" aria-label={t('copyRecordNumber')} onClick={() => void copy()}>
        <Copy aria-hidden className="size-3.5" />
      </Button>
      <span role="status" className="text-soft text-xs">
        {said}
      </span>
    </span>
  );
}
