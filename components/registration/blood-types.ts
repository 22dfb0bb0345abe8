// The eight ABO and Rh blood types, as choices for a list.
import { BLOOD_TYPES } from '@/schemas/patient';

export const BLOOD_TYPE_CHOICES = [
  { value: '', label: 'Choose…' },
  ...BLOOD_TYPES.map((type) => ({ value: type, label: type })),
];
