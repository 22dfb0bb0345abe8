// Allergies and warnings of made-up patients: for most of them somebody asked, for some nobody did.
import type { AlertKind } from '../../schemas/alert.ts';
import type { Alert, Visit } from '../../schemas/dto.ts';
import { ALLERGIES, WARNINGS } from './names.ts';
import { createRandom, type Random } from './random.ts';

/** Undefined: nobody has asked. `visits` is the patient's history, whose first visit is when somebody did. */
export function createAlerts(
  seed: number,
  index: number,
  visits: readonly Visit[],
): Alert[] | undefined {
  const random = createRandom(seed, 'alerts', index);
  const [first] = visits;
  if (first === undefined || random.chance(0.25)) return undefined;
  const added = { at: first.measuredAt, by: first.doctor };
  const alert = (kind: AlertKind, text: string): Alert => ({
    id: random.uuid(),
    kind,
    text,
    added,
  });
  const warnings = random.chance(0.15) ? [alert('warning', random.pick(WARNINGS))] : [];
  const allergies = some(random).map((text) => alert('allergy', text));
  return [...(allergies.length > 0 ? allergies : [alert('no-known-allergies', '')]), ...warnings];
}

/** None, mostly; one or two different ones. */
function some(random: Random): string[] {
  if (random.chance(0.65)) return [];
  return [
    ...new Set([random.pick(ALLERGIES), ...(random.chance(0.2) ? [random.pick(ALLERGIES)] : [])]),
  ];
}
