'use client';
// Says that an entry which was not saved is back in the boxes, when it was begun, and asks which time counts.
import { useTranslations } from 'use-intl';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';

/** An unsaved entry, with the moment at which it was begun written out. */
interface RestoredNoticeProps {
  day: string;
  time: string;
  measuredThen: boolean;
  chooseThen: (then: boolean) => void;
  discard: () => void;
}

export function RestoredNotice({
  day,
  time,
  measuredThen,
  chooseThen,
  discard,
}: RestoredNoticeProps) {
  const t = useTranslations('vitals');
  return (
    <Notice tone="info" title={t('restored', { day, time })} className="mb-3">
      <p className="text-sm">{t('restoredText')}</p>
      <label className="my-1 flex min-h-6 items-center gap-2 text-sm">
        <input
          type="checkbox"
          checked={measuredThen}
          onChange={({ target }) => chooseThen(target.checked)}
        />
        {t('measuredThen')}
      </label>
      <Button small onClick={discard}>
        {t('discard')}
      </Button>
    </Notice>
  );
}
