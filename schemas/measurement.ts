// One visit's vital signs as typed, in metric or US units; what comes out is in the stored units. Limits are absolute ones (a
// value outside is a typing error), not normal ranges. Measured-at is not typed: the server's clock counts (A24).
import { z } from 'zod';
import { typedLimits } from '@/lib/vitals/limits';
import { entryUnit, toStored, typedNumber } from '@/lib/vitals/units';
import { message } from './message';
import { UNITS, type Units } from './preferences';
import { noteSchema } from './text';

/** Every vital sign with the UCUM code of its stored unit. */
export const VITAL_SIGNS = {
  weightKg: { ucum: 'kg' },
  heartRate: { ucum: '/min' },
  systolic: { ucum: 'mm[Hg]' },
  diastolic: { ucum: 'mm[Hg]' },
  temperatureC: { ucum: 'Cel' },
  respiratoryRate: { ucum: '/min' },
  oxygenSaturation: { ucum: '%' },
} as const satisfies Record<string, { ucum: string }>;

export type VitalSign = keyof typeof VITAL_SIGNS;
export const VITAL_SIGN_NAMES = Object.keys(VITAL_SIGNS) as VitalSign[];

/** What is wrong with a typed value that is not empty, as a message; null if nothing is. */
function problemOf(sign: VitalSign, text: string, units: Units, age: number): string | null {
  const { unit, decimals } = entryUnit(sign, units);
  const typed = typedNumber(text);
  if (typed === null) return message('vitals.notANumber');
  const { min, max } = typedLimits(sign, age, units);
  if (typed < min || typed > max) return message('vitals.outsideLimits', { min, max, unit });
  if ((/[.,](\d+)/.exec(text)?.[1] ?? '').length <= decimals) return null;
  return decimals === 0
    ? message('vitals.notWhole')
    : message('vitals.tooManyDecimals', { max: decimals });
}

/** A number typed into a text field; an empty field is no value. A decimal comma is accepted. */
function vitalSignSchema(sign: VitalSign, units: Units, age: number) {
  return z
    .string()
    .max(40)
    .optional()
    .transform((text = '', context) => {
      if (text.trim() === '') return undefined;
      const problem = problemOf(sign, text, units, age);
      if (problem === null) return toStored(sign, typedNumber(text) ?? Number.NaN, units);
      context.addIssue({ code: 'custom', message: problem });
      return z.NEVER;
    });
}

/**
 * At least one vital sign; both pressures or none; systolic above diastolic. Texts in `units` go in, numbers in the stored
 * units come out. `ageInMonths` narrows the limits where a patient is at hand.
 */
export function measurementSchemaIn(units: Units, ageInMonths = Number.NaN) {
  const sign = (name: VitalSign) => vitalSignSchema(name, units, ageInMonths);
  return z
    .strictObject({
      weightKg: sign('weightKg'),
      heartRate: sign('heartRate'),
      systolic: sign('systolic'),
      diastolic: sign('diastolic'),
      temperatureC: sign('temperatureC'),
      respiratoryRate: sign('respiratoryRate'),
      oxygenSaturation: sign('oxygenSaturation'),
      note: noteSchema('note', 2000).optional(),
    })
    .superRefine((visit, context) => {
      const { systolic, diastolic } = visit;
      const refuse = (key: string, path: VitalSign[] = []): void => {
        context.addIssue({ code: 'custom', path, message: message(key) });
      };
      if (VITAL_SIGN_NAMES.every((name) => visit[name] === undefined)) refuse('vitals.nothing');
      if (systolic === undefined && diastolic !== undefined) {
        refuse('vitals.bothPressures', ['systolic']);
      } else if (systolic !== undefined && diastolic === undefined) {
        refuse('vitals.bothPressures', ['diastolic']);
      } else if (systolic !== undefined && diastolic !== undefined && systolic <= diastolic) {
        refuse('vitals.crossedPressures', ['systolic']);
      }
    });
}

export const measurementSchema = measurementSchemaIn('metric');

export type MeasurementInput = z.input<typeof measurementSchema>;
export type Measurement = z.output<typeof measurementSchema>;

/** What the entry form sends. `entryKey` stays the same when the same entry is sent again. */
export interface VitalsEntryInput {
  entryKey: string;
  units: Units;
  values: MeasurementInput;
  /** Measured when the entry was begun; only for one that was kept as a draft. */
  measuredThen: boolean;
}

const entrySchema = z.strictObject({
  entryKey: z.uuid(),
  units: z.enum(UNITS),
  values: z.unknown(),
  measuredThen: z.boolean(),
});

/** An entry in the units that it names; issues bear the names of the values. */
export const vitalsEntrySchema = entrySchema.transform(({ units, values, ...entry }, context) => {
  const parsed = measurementSchemaIn(units).safeParse(values);
  if (parsed.success) return { ...entry, measurement: parsed.data };
  for (const { path, message: text } of parsed.error.issues) {
    context.addIssue({ code: 'custom', path, message: text });
  }
  return z.NEVER;
});

export type VitalsEntry = z.output<typeof vitalsEntrySchema>;
