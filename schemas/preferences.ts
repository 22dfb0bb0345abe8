// What a person may choose for the screen.
import { z } from 'zod';
import { LOCALES } from '@/lib/i18n/locales';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** How vital signs are typed and shown; they are stored in metric units whatever is chosen here. */
export const UNITS = ['metric', 'us'] as const;
export type Units = (typeof UNITS)[number];

export const preferencesSchema = z.strictObject({
  locale: z.enum(LOCALES),
  theme: z.enum(THEMES),
  units: z.enum(UNITS),
});
