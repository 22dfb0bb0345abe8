// Where the reference ranges come from, and what the flags mean. Texts only.
import { useTranslations } from 'use-intl';

export function RangeNote() {
  const t = useTranslations('record');
  return (
    <details className="text-soft min-w-0 flex-1 basis-64 text-xs print:hidden">
      <summary className="hover:text-ink inline-flex min-h-6 cursor-pointer items-center py-1 font-medium">
        {t('ranges.title')}
      </summary>
      <div className="max-w-prose space-y-1 pt-1 pb-1">
        <p>{t('ranges.meaning')}</p>
        <p>{t('ranges.age')}</p>
        <p>{t('ranges.sources')}</p>
        <p>{t('ranges.teaching')}</p>
      </div>
    </details>
  );
}
