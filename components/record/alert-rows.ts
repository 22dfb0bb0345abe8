// Alerts as their panel needs them: moments written on the clinic's clock. Pure.
import { formatMoment } from '@/components/format';
import type { Locale } from '@/lib/i18n/locales';
import type { Alert } from '@/schemas/dto';
import type { AlertRow } from './alerts-panel';

export function toAlertRows(
  alerts: readonly Alert[],
  timeZone: string,
  locale: Locale,
): AlertRow[] {
  const day = (at: Date): string => formatMoment(new Date(at), timeZone, locale).day;
  return alerts.map(({ id, kind, text, added, ended }) => ({
    id,
    kind,
    text,
    addedOn: day(added.at),
    addedBy: added.by.name,
    ended:
      ended === undefined ? null : { day: day(ended.at), by: ended.by.name, reason: ended.reason },
  }));
}
