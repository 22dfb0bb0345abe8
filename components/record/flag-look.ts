// How a flag looks: letters as laboratories write them (HL7 v3 interpretation), an arrow and a colour; never a colour alone.
import type { Flag } from '@/lib/vitals/ranges';

export type Abnormal = Exclude<Flag, 'normal'>;

export const FLAG_LOOKS: Record<Abnormal, { text: string; look: string; ground: string }> = {
  'critical-high': { text: 'HH ⇈', look: 'text-danger', ground: 'bg-danger-wash' },
  'critical-low': { text: 'LL ⇊', look: 'text-danger', ground: 'bg-danger-wash' },
  high: { text: 'H ↑', look: 'text-caution', ground: 'bg-caution-wash' },
  low: { text: 'L ↓', look: 'text-caution', ground: 'bg-caution-wash' },
};

export function isAbnormal(flag: Flag | null): flag is Abnormal {
  return flag !== null && flag !== 'normal';
}

/** The ground of a cell with such a value. */
export function flagGround(flag: Flag | null): string {
  return isAbnormal(flag) ? FLAG_LOOKS[flag].ground : '';
}
