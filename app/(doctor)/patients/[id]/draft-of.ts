// The doctor's own unsaved entry about this patient, as the entry form shows it. A draft that cannot be read now, for want of
// a key service, is no reason to show no chart.
import 'server-only';
import { loadEncrypted } from '@/app/guard';
import { clinicTimeZone, formatMoment } from '@/components/format';
import type { RestoredDraft } from '@/components/vitals/vitals-entry';
import { readDraft } from '@/lib/data';
import { preferences } from '@/lib/preferences';

export async function draftOf(id: string): Promise<RestoredDraft | null> {
  const loaded = await loadEncrypted((staff) => readDraft(staff, id));
  if (loaded.state !== 'read' || loaded.value === null) return null;
  const { begunAt, ...draft } = loaded.value;
  const { locale } = await preferences();
  return { ...draft, ...formatMoment(begunAt, clinicTimeZone(), locale) };
}
