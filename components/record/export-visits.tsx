'use client';
// Saves the visits as a file. The server writes the audit event and the file's content; the address holds nothing.
import { useState } from 'react';
import { Download } from 'lucide-react';
import { useTranslations } from 'use-intl';
import { download } from '@/components/ui/download';
import { leaveIfSignedOut, UNREACHABLE, type ActionResult } from '@/components/form/action-result';
import { useMessage } from '@/components/form/use-message';
import { Button } from '@/components/ui/button';

export interface ExportVisitsProps {
  /** Answers with the content of the file. */
  exportVisits: () => Promise<ActionResult<string>>;
}

export function ExportVisits({ exportVisits }: ExportVisitsProps) {
  const t = useTranslations('record');
  const say = useMessage();
  const [pending, setPending] = useState(false);
  const [said, setSaid] = useState('');

  const save = async (): Promise<void> => {
    setPending(true);
    setSaid('');
    const result = await exportVisits().catch(() => UNREACHABLE);
    setPending(false);
    leaveIfSignedOut(result);
    if (result.ok) download('visits.csv', result.value);
    setSaid(result.ok ? t('exported') : say(result.message));
  };

  return (
    <>
      <span role="status" className="text-soft text-xs">
        {said}
      </span>
      <Button small tone="plain" pending={pending} onClick={() => void save()}>
        <Download aria-hidden className="size-3.5" />
        {t('exportCsv')}
      </Button>
    </>
  );
}
