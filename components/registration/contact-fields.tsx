'use client';
// Contact boxes, the same for both roles' forms. They sit under `contact` in the form.
import type { FieldErrors, FieldValues, Path, UseFormRegister } from 'react-hook-form';
import { Field } from '@/components/form/field';
import { messageAt } from '@/components/form/field-errors';

interface ContactFieldsProps<T extends FieldValues> {
  register: UseFormRegister<T>;
  errors: FieldErrors<T>;
}

export function ContactFields<T extends FieldValues>({ register, errors }: ContactFieldsProps<T>) {
  const bind = (name: string) => ({
    ...register(`contact.${name}` as Path<T>),
    error: messageAt(errors, `contact.${name}`),
  });
  return (
    <>
      <Field label="Date of birth" type="date" {...bind('dateOfBirth')} />
      <Field label="Phone" type="tel" inputMode="tel" {...bind('phone')} />
      <Field label="Email" optional type="email" inputMode="email" {...bind('email')} />
      <Field label="Address" optional {...bind('address')} />
    </>
  );
}
