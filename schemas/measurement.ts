// One visit's vital signs as typed. Limits are absolute ones (a value outside is a typing error), not
// normal ranges. Measured-at is not typed: the server's clock is the only one that counts (A24).
import { z } from 'zod';
import { noteSchema } from './text';

interface Limit {
  label: string;
  /** As shown beside the field; UCUM code in `ucum`. */
  unit: string;
  ucum: string;
  min: number;
  max: number;
  decimals: number;
}

/** Every vital sign's name, unit and absolute limits. */
export const VITAL_SIGNS = {
  weightKg: { label: 'Weight', unit: 'kg', ucum: 'kg', min: 0.2, max: 650, decimals: 2 },
  heartRate: { label: 'Heart rate', unit: '/min', ucum: '/min', min: 10, max: 350, decimals: 0 },
  systolic: { label: 'Systolic', unit: 'mmHg', ucum: 'mm[Hg]', min: 30, max: 350, decimals: 0 },
  diastolic: { label: 'Diastolic', unit: 'mmHg', ucum: 'mm[Hg]', min: 10, max: 250, decimals: 0 },
  temperatureC: { label: 'Temperature', unit: '°C', ucum: 'Cel', min: 25, max: 45, decimals: 1 },
  respiratoryRate: {
    label: 'Respiratory rate',
    unit: '/min',
    ucum: '/min',
    min: 2,
    max: 120,
    decimals: 0,
  },
  oxygenSaturation: {
    label: 'Oxygen saturation',
    unit: '%',
    ucum: '%',
    min: 30,
    max: 100,
    decimals: 0,
  },
} as const satisfies Record<string, Limit>;

export type VitalSign = keyof typeof VITAL_SIGNS;
export const VITAL_SIGN_NAMES = Object.keys(VITAL_SIGNS) as VitalSign[];

/** A number typed into a text field; an empty field is no value. A decimal comma is accepted. */
function vitalSignSchema({ label, unit, min, max, decimals }: Limit) {
  return z
    .string()
    .optional()
    .transform((typed, context) => {
      const text = (typed ?? '').trim().replace(',', '.');
      if (text === '') return undefined;
      const value = Number(text);
      const problem = !/^\d+(\.\d+)?$/.test(text)
        ? `${label} is a number`
        : value < min || value > max
          ? `${label} is between ${min} and ${max} ${unit}`
          : (text.split('.')[1] ?? '').length > decimals
            ? decimals === 0
              ? `${label} is a whole number`
              : `${label} has at most ${decimals} decimals`
            : null;
      if (problem === null) return value;
      context.addIssue({ code: 'custom', message: problem });
      return z.NEVER;
    });
}

/** At least one vital sign; both pressures or none; systolic above diastolic. */
export const measurementSchema = z
  .strictObject({
    weightKg: vitalSignSchema(VITAL_SIGNS.weightKg),
    heartRate: vitalSignSchema(VITAL_SIGNS.heartRate),
    systolic: vitalSignSchema(VITAL_SIGNS.systolic),
    diastolic: vitalSignSchema(VITAL_SIGNS.diastolic),
    temperatureC: vitalSignSchema(VITAL_SIGNS.temperatureC),
    respiratoryRate: vitalSignSchema(VITAL_SIGNS.respiratoryRate),
    oxygenSaturation: vitalSignSchema(VITAL_SIGNS.oxygenSaturation),
    note: noteSchema('Note', 2000).optional(),
  })
  .superRefine((visit, context) => {
    const { systolic, diastolic } = visit;
    const refuse = (path: VitalSign, message: string): void => {
      context.addIssue({ code: 'custom', path: [path], message });
    };
    if (VITAL_SIGN_NAMES.every((name) => visit[name] === undefined)) {
      context.addIssue({ code: 'custom', message: 'Enter at least one vital sign' });
    }
    if (systolic === undefined && diastolic !== undefined) {
      refuse('systolic', 'Enter both pressures or none');
    } else if (systolic !== undefined && diastolic === undefined) {
      refuse('diastolic', 'Enter both pressures or none');
    } else if (systolic !== undefined && diastolic !== undefined && systolic <= diastolic) {
      refuse('systolic', 'Systolic is higher than diastolic');
    }
  });

export type MeasurementInput = z.input<typeof measurementSchema>;
export type Measurement = z.output<typeof measurementSchema>;
