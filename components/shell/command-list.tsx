'use client';
// What the command palette offers, filtered as one types.
import { useEffect, useRef } from 'react';
import { useRouter } from 'next/navigation';
import { Command } from 'cmdk';
import { useTranslations } from 'use-intl';
import { setPreferencesAction } from '@/app/preferences-actions';
import { LOCALE_NAMES, LOCALES } from '@/lib/i18n/locales';
import type { Preferences } from '@/lib/preferences';
import { THEMES, UNITS } from '@/schemas/preferences';
import type { NavigationItem } from './navigation';
import { leave } from './sign-out';

interface CommandListProps {
  items: readonly NavigationItem[];
  chosen: Preferences;
  withUnits: boolean;
  /** Closes the palette. */
  onDone: () => void;
}

const ITEM =
  'aria-selected:bg-accent-wash aria-selected:text-accent-deep flex min-h-9 cursor-default items-center rounded-sm px-3 py-1.5';
const GROUP =
  '[&_[cmdk-group-heading]]:text-soft [&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs';

export function CommandList({ items, chosen, withUnits, onDone }: CommandListProps) {
  const t = useTranslations('shell');
  const router = useRouter();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const run = (what: () => unknown) => () => {
    onDone();
    what();
  };
  const prefer = (choice: Partial<Preferences>) => run(() => void setPreferencesAction(choice));
  return (
    <Command label={t('palette.title')} loop>
      <Command.Input
        ref={input}
        placeholder={t('palette.placeholder')}
        className="border-line h-12 w-full border-b bg-transparent px-4 text-lg -outline-offset-2"
      />
      <Command.List label={t('palette.title')} className="max-h-[50vh] overflow-y-auto p-1.5">
        <Command.Empty className="text-soft px-3 py-4">{t('palette.empty')}</Command.Empty>
        <Command.Group heading={t('palette.goTo')} className={GROUP}>
          {items.map(({ href, to }) => (
            <Command.Item key={href} className={ITEM} onSelect={run(() => router.push(href))}>
              {t(`nav.${to}`)}
            </Command.Item>
          ))}
        </Command.Group>
        <Command.Group heading={t('preferences.title')} className={GROUP}>
          {THEMES.filter((theme) => theme !== chosen.theme).map((theme) => (
            <Command.Item key={theme} className={ITEM} onSelect={prefer({ theme })}>
              {t('palette.theme', { name: t(`preferences.${theme}`) })}
            </Command.Item>
          ))}
          {LOCALES.filter((locale) => locale !== chosen.locale).map((locale) => (
            <Command.Item key={locale} className={ITEM} onSelect={prefer({ locale })}>
              {t('palette.languageTo', { name: LOCALE_NAMES[locale] })}
            </Command.Item>
          ))}
          {UNITS.filter((units) => withUnits && units !== chosen.units).map((units) => (
            <Command.Item key={units} className={ITEM} onSelect={prefer({ units })}>
              {t('palette.units', { name: t(`preferences.${units}`) })}
            </Command.Item>
          ))}
        </Command.Group>
        <Command.Group heading={t('palette.session')} className={GROUP}>
          <Command.Item className={ITEM} onSelect={run(() => void leave())}>
            {t('signOut')}
          </Command.Item>
        </Command.Group>
      </Command.List>
      <p className="border-line text-soft border-t px-4 py-2 text-xs">{t('palette.hint')}</p>
    </Command>
  );
}
