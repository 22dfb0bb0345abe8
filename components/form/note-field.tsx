'use client';
// A labelled box for several lines of text.
import { useId, type Ref, type TextareaHTMLAttributes } from 'react';
import { FieldError, FieldLabel } from './field';

interface NoteFieldProps extends TextareaHTMLAttributes<HTMLTextAreaElement> {
  label: string;
  error?: string | undefined;
  optional?: boolean;
  ref?: Ref<HTMLTextAreaElement>;
}

export function NoteField({ label, error, optional = false, ...area }: NoteFieldProps) {
  const id = useId();
  return (
    <div className="min-w-0">
      <FieldLabel htmlFor={id} optional={optional}>
        {label}
      </FieldLabel>
      <textarea
        id={id}
        className="control h-auto py-1.5"
        aria-invalid={error === undefined ? undefined : true}
        aria-describedby={error === undefined ? undefined : `${id}-error`}
        {...area}
      />
      <FieldError id={`${id}-error`} text={error} />
    </div>
  );
}
