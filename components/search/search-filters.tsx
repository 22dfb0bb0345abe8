'use client';
// What narrows a search down: sex, years of birth, insurance provider. Folded away until somebody wants it; how many are set
// is always said. Nothing is asked before the person searches, since each search is an audit event.
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { Choice } from '@/components/form/choice';
import { Field } from '@/components/form/field';
import { Button } from '@/components/ui/button';
import { GENDERS } from '@/schemas/contact';
import type { Narrow } from '@/schemas/search';

interface SearchFiltersProps {
  narrow: Narrow;
  change: (narrow: Narrow) => void;
}

export function SearchFilters({ narrow, change }: SearchFiltersProps) {
  const t = useTranslations('search');
  const tContact = useTranslations('contact');
  const filters = Object.keys(narrow).length;
  const [open, setOpen] = useState(filters > 0);
  const set = (name: keyof Narrow, value: string): void => {
    const others = Object.fromEntries(Object.entries(narrow).filter(([key]) => key !== name));
    change(value === '' ? others : { ...others, [name]: value });
  };
  const box = (name: Exclude<keyof Narrow, 'gender'>) => ({
    value: narrow[name] ?? '',
    autoComplete: 'off',
    onChange: ({ target }: { target: { value: string } }) => set(name, target.value),
  });
  return (
    <details
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
      className="mt-2 max-w-2xl"
    >
      <summary className="text-accent w-fit cursor-pointer py-1 text-sm font-medium">
        {filters === 0 ? t('filters') : t('filtersSet', { filters })}
      </summary>
      <div className="mt-1 grid grid-cols-2 items-end gap-x-3 gap-y-2 sm:grid-cols-[8rem_6rem_6rem_minmax(0,1fr)]">
        <Choice
          label={tContact('gender')}
          value={narrow.gender ?? ''}
          onChange={({ target }) => set('gender', target.value)}
          options={[
            { value: '', label: t('any') },
            ...GENDERS.map((value) => ({ value, label: tContact(`genders.${value}`) })),
          ]}
        />
        <Field label={t('bornFrom')} inputMode="numeric" maxLength={4} {...box('bornFrom')} />
        <Field label={t('bornTo')} inputMode="numeric" maxLength={4} {...box('bornTo')} />
        <Field label={t('provider')} maxLength={100} {...box('provider')} />
      </div>
      {filters > 0 && (
        <Button small className="mt-2" onClick={() => change({})}>
          {t('clearFilters')}
        </Button>
      )}
    </details>
  );
}
