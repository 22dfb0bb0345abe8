'use client';
// Ends a running access at once.
import { useTranslations } from 'use-intl';
import type { ActionResult } from '@/components/form/action-result';
import { Button } from '@/components/ui/button';
import { Live } from '@/components/ui/notice';
import { useAction } from './use-action';

interface StopButtonProps {
  doctor: string;
  stop: () => Promise<ActionResult>;
}

export function StopButton({ doctor, stop }: StopButtonProps) {
  const t = useTranslations('emergency.review');
  const { send, pending, failure } = useAction(stop);
  return (
    <>
      <Button pending={pending} aria-label={t('stopName', { doctor })} onClick={send}>
        {t('stop')}
      </Button>
      <Live urgent>{failure !== undefined && <p className="text-danger">{failure}</p>}</Live>
    </>
  );
}
