'use client';
// Events of the audit log as a table: outcomes that are refusals stand out by word and weight, field names are in the
// reader's language. Knows no values: there are none in an event.
import { useFormatter, useLocale, useTimeZone, useTranslations } from 'use-intl';
import { formatMoment } from '@/components/format';
import { ScrollRegion } from '@/components/ui/scroll-region';
import type { AuditOutcome } from '@/schemas/audit-event';
import type { AuditRow } from '@/schemas/audit-log';
import { FIELD_KEYS } from './field-keys';

const REFUSALS: readonly AuditOutcome[] = ['denied', 'locked', 'throttled', 'failed'];
const PATIENTS_SHOWN = 2;

interface EventTableProps {
  label: string;
  events: readonly AuditRow[];
  /** A record's own history has one patient only. */
  withPatients?: boolean;
}

export function EventTable({ label, events, withPatients = true }: EventTableProps) {
  const t = useTranslations('audit');
  const heads = [
    ...['time', 'who', 'what', 'outcomeLabel', 'fieldsLabel'],
    ...(withPatients ? ['patients'] : []),
    'reason',
  ] as const;
  return (
    <ScrollRegion label={label}>
      <table className="w-full text-left text-sm">
        <thead>
          <tr className="border-line border-b">
            {heads.map((head) => (
              <th key={head} scope="col" className={`${CELL} text-soft text-xs font-medium`}>
                {t(head as 'time')}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <EventRow key={event.seq} event={event} withPatients={withPatients} />
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

const CELL = 'px-2.5 py-1.5 align-top first:pl-4 last:pr-4';

function EventRow({ event, withPatients }: { event: AuditRow; withPatients: boolean }) {
  const t = useTranslations('audit');
  const locale = useLocale();
  const timeZone = useTimeZone() ?? 'UTC';
  const format = useFormatter();
  const { day, time } = formatMoment(new Date(event.time), timeZone, locale);
  const refused = REFUSALS.includes(event.outcome);
  const more = event.patients.length - PATIENTS_SHOWN;
  const fields = event.fields.map((field) => {
    const key = FIELD_KEYS[field];
    return key === undefined ? field : t(`field.${key}`);
  });
  return (
    <tr className="border-line border-b last:border-b-0">
      <td className={`${CELL} whitespace-nowrap`}>
        <time dateTime={new Date(event.time).toISOString()}>
          {day} <span className="font-medium">{time}</span>
        </time>
        <span className="text-soft block text-xs">{t('position', { seq: event.seq })}</span>
      </td>
      <td className={`${CELL} min-w-36`}>
        <Person event={event} />
      </td>
      <td className={`${CELL} min-w-36`}>
        {t(`action.${event.action}`)}
        {event.emergency && (
          <span className="text-danger block text-xs font-medium">{t('emergency')}</span>
        )}
      </td>
      <td className={`${CELL} ${refused ? 'text-danger font-semibold' : ''}`}>
        {t(`outcome.${event.outcome}`)}
      </td>
      <td className={`${CELL} min-w-52`}>{format.list(fields)}</td>
      {withPatients && (
        <td className={CELL}>
          {event.patients.slice(0, PATIENTS_SHOWN).map((patient) => (
            <code key={patient} className="text-soft block text-xs">
              {patient.slice(0, 12)}
            </code>
          ))}
          {more > 0 && <span className="text-soft text-xs">{t('more', { count: more })}</span>}
        </td>
      )}
      <td className={`${CELL} min-w-40`}>{event.reason}</td>
    </tr>
  );
}

function Person({ event }: { event: AuditRow }) {
  const t = useTranslations('audit');
  const role = useTranslations('shell.role');
  if (event.user === null) {
    return <span className="text-soft">{event.userId ?? t('nobody')}</span>;
  }
  return (
    <>
      {event.user.name}
      {isRole(event.role) && <span className="text-soft block text-xs">{role(event.role)}</span>}
    </>
  );
}

function isRole(role: string | null): role is 'doctor' | 'receptionist' | 'officer' {
  return role === 'doctor' || role === 'receptionist' || role === 'officer';
}
