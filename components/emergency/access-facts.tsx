// What a reviewer has to know of one emergency access. The record number names the patient to who may look it up.
import { clinicTimeZone, formatMoment } from '@/components/format';
import { Fact } from '@/components/ui/panel';
import type { Locale } from '@/lib/i18n/locales';
import { translator } from '@/lib/i18n/server';
import { preferences } from '@/lib/preferences';
import type { EmergencyAccessView } from '@/schemas/emergency-access';

export async function AccessFacts({ access }: { access: EmergencyAccessView }) {
  const [t, { locale }] = await Promise.all([translator('emergency'), preferences()]);
  const { doctor, reason, patientId, startedAt, endsAt, endedAt, endedBy, uses } = access;
  return (
    <>
      <h3 className="font-semibold">{doctor}</h3>
      <p className="mt-0.5 max-w-prose">{reason}</p>
      <dl className="mt-2 grid gap-x-8 gap-y-2 sm:grid-cols-2 lg:grid-cols-4">
        <Fact label={t('review.began')}>{momentText(startedAt, locale)}</Fact>
        <Fact label={t('review.ended')}>
          {endedAt === null
            ? t('review.runs', { moment: momentText(endsAt, locale) })
            : t('review.until', { moment: momentText(endedAt, locale), who: endedBy ?? 'time' })}
        </Fact>
        <Fact label={t('review.record')}>
          <code className="text-sm break-all">{patientId}</code>
        </Fact>
        <Fact label={t('review.done')}>
          {uses.length === 0
            ? t('review.doneNothing')
            : uses
                .map(({ action, times }) => {
                  const what = isNamed(action) ? t(`uses.${action}`) : action;
                  return t('review.doneTimes', { what, times });
                })
                .join(', ')}
        </Fact>
      </dl>
    </>
  );
}

/** What doctors do with a record, as the queue names it; anything else shows as the log names it. */
const NAMED = [
  'read-record',
  'reveal-ssn',
  'reveal-policy-number',
  'add-visit',
  'correct-visit',
  'save-draft',
  'read-draft',
  'update-alerts',
  'update-contact',
  'update-insurance',
  'complete-registration',
  'export-visits',
  'print-record',
  'read-access-history',
  'update-care-team',
] as const;

function isNamed(action: string): action is (typeof NAMED)[number] {
  return NAMED.some((name) => name === action);
}

function momentText(moment: Date, locale: Locale): string {
  const { day, time } = formatMoment(moment, clinicTimeZone(), locale);
  return `${day} ${time}`;
}
