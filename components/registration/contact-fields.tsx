'use client';
// Contact boxes, the same for both roles' forms. They sit under `contact` in the form.
import type { FieldErrors, FieldValues, Path, UseFormRegister } from 'react-hook-form';
import { useTranslations } from 'use-intl';
import { Choice } from '@/components/form/choice';
import { Field } from '@/components/form/field';
import { messageAt } from '@/components/form/field-errors';
import { GENDERS } from '@/schemas/contact';

interface ContactFieldsProps<T extends FieldValues> {
  register: UseFormRegister<T>;
  errors: FieldErrors<T>;
}

export function ContactFields<T extends FieldValues>({ register, errors }: ContactFieldsProps<T>) {
  const t = useTranslations('contact');
  const bind = (name: string) => ({
    ...register(`contact.${name}` as Path<T>),
    error: messageAt(errors, `contact.${name}`),
  });
  return (
    <>
      <Field label={t('dateOfBirth')} type="date" {...bind('dateOfBirth')} />
      <Choice
        label={t('gender')}
        options={[
          { value: '', label: t('genderNone') },
          ...GENDERS.map((value) => ({ value, label: t(`genders.${value}`) })),
        ]}
        {...bind('gender')}
      />
      <Field label={t('phone')} type="tel" inputMode="tel" {...bind('phone')} />
      <Field label={t('email')} optional type="email" inputMode="email" {...bind('email')} />
      <Field label={t('address')} optional {...bind('address')} />
    </>
  );
}
