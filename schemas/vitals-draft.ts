// An entry of vital signs that nobody has saved yet, as it stands in the boxes: right or wrong, whole or half typed.
import { z } from 'zod';
import { UNITS } from './preferences';

const box = z.string().max(40).optional();

export const vitalsDraftSchema = z.strictObject({
  entryKey: z.uuid(),
  units: z.enum(UNITS),
  values: z.strictObject({
    weightKg: box,
    heartRate: box,
    systolic: box,
    diastolic: box,
    temperatureC: box,
    respiratoryRate: box,
    oxygenSaturation: box,
    note: z.string().max(4000).optional(),
  }),
});

export type VitalsDraft = z.output<typeof vitalsDraftSchema>;
