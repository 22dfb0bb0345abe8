'use client';
// A labelled box with its hint, unit and error. Takes whatever react-hook-form's `register` returns.
import { useId, type InputHTMLAttributes, type Ref } from 'react';
import { useTranslations } from 'use-intl';
import { useMessage } from './use-message';

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  /** Written beside the box and read out with its label. */
  unit?: string | undefined;
  optional?: boolean;
  /** The label is for screen readers only, because something visible already names the box. */
  bare?: boolean;
  /** Label and box share a line, for dense forms of short values. */
  inline?: boolean;
  ref?: Ref<HTMLInputElement>;
}

/** Label left, box and unit right. */
export const INLINE_ROW = 'grid grid-cols-[minmax(0,1fr)_9.75rem] items-center gap-2';

export function Field({
  label,
  hint,
  error,
  unit,
  optional = false,
  bare = false,
  inline = false,
  className = '',
  ...input
}: FieldProps) {
  const id = useId();
  const described = [
    error === undefined ? '' : `${id}-error`,
    unit === undefined ? '' : `${id}-unit`,
    hint === undefined ? '' : `${id}-hint`,
  ]
    .filter((part) => part !== '')
    .join(' ');
  return (
    <div className={`min-w-0 ${className}`}>
      <div className={inline ? INLINE_ROW : ''}>
        <FieldLabel htmlFor={id} optional={optional} bare={bare} inline={inline}>
          {label}
        </FieldLabel>
        <div className="flex items-center gap-2">
          <input
            id={id}
            type="text"
            className={`control ${unit === undefined ? '' : 'text-right'}`}
            aria-invalid={error === undefined ? undefined : true}
            aria-describedby={described === '' ? undefined : described}
            {...input}
          />
          {unit !== undefined && (
            <span id={`${id}-unit`} className="text-soft w-10 shrink-0 text-sm">
              {unit}
            </span>
          )}
        </div>
      </div>
      <FieldHint id={`${id}-hint`} text={hint} />
      <FieldError id={`${id}-error`} text={error} />
    </div>
  );
}

interface FieldLabelProps {
  htmlFor: string;
  inline?: boolean;
  optional?: boolean;
  bare?: boolean;
  children: string;
}

export function FieldLabel({ htmlFor, optional, bare, inline, children }: FieldLabelProps) {
  const t = useTranslations('form');
  return (
    <label
      htmlFor={htmlFor}
      className={bare ? 'sr-only' : `text-sm font-medium ${inline ? '' : 'mb-1 block'}`}
    >
      {children}
      {optional && <span className="text-soft font-normal"> {t('optional')}</span>}
    </label>
  );
}

export function FieldHint({ id, text }: { id: string; text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <p id={id} className="text-soft mt-1 text-xs">
      {text}
    </p>
  );
}

/** `text` is what a schema or an action said: a key of the catalogues or a sentence. */
export function FieldError({ id, text }: { id: string; text: string | undefined }) {
  const say = useMessage();
  if (text === undefined) return null;
  return (
    <p id={id} className="text-danger mt-1 text-sm font-medium">
      {say(text)}
    </p>
  );
}
