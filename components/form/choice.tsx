'use client';
// A labelled list of choices; the native one, which every keyboard and phone knows.
import { useId, type Ref, type SelectHTMLAttributes } from 'react';
import { FieldError, FieldHint, FieldLabel } from './field';

interface ChoiceProps extends SelectHTMLAttributes<HTMLSelectElement> {
  label: string;
  options: readonly { value: string; label: string }[];
  hint?: string | undefined;
  error?: string | undefined;
  ref?: Ref<HTMLSelectElement>;
}

export function Choice({ label, options, hint, error, className = '', ...select }: ChoiceProps) {
  const id = useId();
  const described = [
    error === undefined ? '' : `${id}-error`,
    hint === undefined ? '' : `${id}-hint`,
  ]
    .filter((part) => part !== '')
    .join(' ');
  return (
    <div className={`min-w-0 ${className}`}>
      <FieldLabel htmlFor={id}>{label}</FieldLabel>
      <select
        id={id}
        className="control"
        aria-invalid={error === undefined ? undefined : true}
        aria-describedby={described === '' ? undefined : described}
        {...select}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <FieldHint id={`${id}-hint`} text={hint} />
      <FieldError id={`${id}-error`} text={error} />
    </div>
  );
}
