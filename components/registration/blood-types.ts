// The eight ABO and Rh blood types, as choices for a list.
import { BLOOD_TYPES } from '@/schemas/patient';

/** `none` stands first: nothing is chosen for anybody. */
export function bloodTypeChoices(none: string) {
  return [{ value: '', label: none }, ...BLOOD_TYPES.map((type) => ({ value: type, label: type }))];
}
