// How a person likes the screen: language, theme, units. Three cookies without any secret; a missing or foreign value is
// the default. Written by app/preferences-actions.ts.
import 'server-only';
import { cache } from 'react';
import { cookies, headers } from 'next/headers';
import { isLocale, localeFor, type Locale } from './i18n/locales';
import type { Theme, Units } from '@/schemas/preferences';
import { preferencesSchema } from '@/schemas/preferences';

export interface Preferences {
  locale: Locale;
  theme: Theme;
  units: Units;
}

export const PREFERENCE_COOKIES = {
  locale: 'medcomd.locale',
  theme: 'medcomd.theme',
  units: 'medcomd.units',
} as const satisfies Record<keyof Preferences, string>;

/** The preferences of this request; read once per request. */
export const preferences = cache(async (): Promise<Preferences> => {
  const jar = await cookies();
  const given = (name: keyof Preferences): string | undefined =>
    jar.get(PREFERENCE_COOKIES[name])?.value;
  const locale = given('locale');
  const { theme, units } = preferencesSchema.shape;
  return {
    locale: isLocale(locale) ? locale : localeFor((await headers()).get('accept-language')),
    theme: theme.catch('system').parse(given('theme')),
    units: units.catch('metric').parse(given('units')),
  };
});
