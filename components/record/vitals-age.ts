// How old the last vital signs are, and whether that is too old for a patient who is here now (A21). Pure.

const HOUR_MS = 3_600_000;
/** Vital signs of another visit: older than this, they say little about today. */
const OVERDUE_MS = 12 * HOUR_MS;

export interface VitalsAge {
  /** The text to show, with its count. */
  key: 'minutes' | 'hours' | 'days' | 'months' | 'years';
  count: number;
  overdue: boolean;
}

/** Both in milliseconds of the server's clock. */
export function ageOfVitals(at: number, now: number): VitalsAge {
  const age = Math.max(0, now - at);
  const overdue = age >= OVERDUE_MS;
  const hours = Math.floor(age / HOUR_MS);
  const days = Math.floor(hours / 24);
  if (hours < 1) return { key: 'minutes', count: Math.floor(age / 60_000), overdue };
  if (hours < 48) return { key: 'hours', count: hours, overdue };
  if (days < 60) return { key: 'days', count: days, overdue };
  if (days < 730) return { key: 'months', count: Math.floor(days / 30.4375), overdue };
  return { key: 'years', count: Math.floor(days / 365.25), overdue };
}
