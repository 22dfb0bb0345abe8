// What a doctor outside the care team sees instead of a record: whom to ask, and the glass to break. Knows of the patient
// what search shows, and nothing else.
import Link from 'next/link';
import { ShieldAlert } from 'lucide-react';
import { beginEmergencyAccessAction } from '@/app/(doctor)/patients/emergency-actions';
import { formatDate } from '@/components/format';
import { buttonClass } from '@/components/ui/button';
import { EMERGENCY_MINUTES } from '@/schemas/emergency-access';
import { translator } from '@/lib/i18n/server';
import { preferences } from '@/lib/preferences';
import { careTeamOf } from './care-team-of';
import { EmergencyForm } from './emergency-form';

export async function EmergencyGate({ patientId }: { patientId: string }) {
  const [team, t, { locale }] = await Promise.all([
    careTeamOf(patientId),
    translator('emergency'),
    preferences(),
  ]);
  const names = new Intl.ListFormat(locale).format(team.members.map(({ name }) => name));
  const back = (
    <Link href="/patients" prefetch={false} className={buttonClass('quiet')}>
      {t('outside.back')}
    </Link>
  );
  if (team.subject === null) {
    return (
      <div className="mx-auto mt-6 max-w-xl">
        <h1 className="mb-4 text-xl font-semibold tracking-tight">{t('outside.already')}</h1>
        {/* A full load: the router may still hold the answer that refused. */}
        <a href={`/patients/${patientId}`} className={buttonClass('primary')}>
          {t('outside.open')}
        </a>
      </div>
    );
  }
  const { name, dateOfBirth } = team.subject;
  const minutes = EMERGENCY_MINUTES;
  return (
    <div className="mx-auto mt-2 max-w-xl">
      <h1 className="text-xl font-semibold tracking-tight">{t('outside.title')}</h1>
      <p className="mt-2 text-lg font-medium">
        {t('outside.who', { name, date: formatDate(dateOfBirth, locale) })}
      </p>
      <p className="text-soft mt-1 mb-4">{t('outside.ask', { names })}</p>
      <section
        aria-labelledby="emergency-gate"
        className="panel border-l-danger mb-4 border-l-4 px-4 py-4"
      >
        <h2
          id="emergency-gate"
          className="text-danger flex items-center gap-2 text-lg font-semibold"
        >
          <ShieldAlert aria-hidden className="size-5 shrink-0" />
          {t('gate.title')}
        </h2>
        <ul className="mt-2 mb-4 list-disc space-y-1 pl-5">
          <li>{t('gate.time', { minutes })}</li>
          <li>{t('gate.logged')}</li>
          <li>{t('gate.reviewed')}</li>
        </ul>
        <EmergencyForm begin={beginEmergencyAccessAction.bind(null, patientId)} />
      </section>
      {back}
    </div>
  );
}
