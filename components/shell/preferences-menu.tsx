'use client';
// Language, appearance and units: choices that take effect at once and are kept on this device.
import { useId, useTransition } from 'react';
import { SlidersHorizontal } from 'lucide-react';
import { useTranslations } from 'use-intl';
import { setPreferencesAction } from '@/app/preferences-actions';
import { buttonClass } from '@/components/ui/button';
import { LOCALE_NAMES, LOCALES } from '@/lib/i18n/locales';
import type { Preferences } from '@/lib/preferences';
import { THEMES, UNITS } from '@/schemas/preferences';

interface PreferencesMenuProps {
  chosen: Preferences;
  /** For who sees and enters measurements. */
  withUnits: boolean;
}

export function PreferencesMenu({ chosen, withUnits }: PreferencesMenuProps) {
  const t = useTranslations('shell.preferences');
  const id = useId();
  const [pending, startTransition] = useTransition();
  const set = (choice: Partial<Preferences>): void => {
    startTransition(() => setPreferencesAction(choice));
  };
  return (
    <div className="relative">
      <button
        type="button"
        popoverTarget={id}
        aria-label={t('title')}
        title={t('title')}
        className={`${buttonClass('quiet', true)} [anchor-name:--preferences]`}
      >
        <SlidersHorizontal aria-hidden className="size-3.5" />
      </button>
      <div
        id={id}
        popover="auto"
        role="group"
        aria-label={t('title')}
        aria-busy={pending}
        className="panel text-ink fixed inset-auto top-14 right-4 m-0 w-64 space-y-3 p-4 shadow-lg"
      >
        <Choice
          label={t('language')}
          value={chosen.locale}
          options={LOCALES.map((locale) => [locale, LOCALE_NAMES[locale]])}
          onChoose={(locale) => set({ locale })}
        />
        <Choice
          label={t('theme')}
          value={chosen.theme}
          options={THEMES.map((theme) => [theme, t(theme)])}
          onChoose={(theme) => set({ theme })}
        />
        {withUnits && (
          <Choice
            label={t('units')}
            value={chosen.units}
            options={UNITS.map((units) => [units, t(units)])}
            onChoose={(units) => set({ units })}
          />
        )}
        <p className="text-soft text-xs">{t('kept')}</p>
      </div>
    </div>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChoose: (value: T) => void;
}

function Choice<T extends string>({ label, value, options, onChoose }: ChoiceProps<T>) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-medium">
        {label}
      </label>
      <select
        id={id}
        className="control"
        value={value}
        onChange={(event) => {
          const found = options.find(([option]) => option === event.target.value);
          if (found !== undefined) onChoose(found[0]);
        }}
      >
        {options.map(([option, name]) => (
          <option key={option} value={option}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
