'use client';
// Joins a react-hook-form to a server action: sends the raw input (the server parses it again with
// the same schema), puts its refusals beside the fields, and keeps what was typed on any failure.
import { useState } from 'react';
import type { FieldErrors, FieldValues, Path, UseFormReturn } from 'react-hook-form';
import { leaveIfSignedOut, UNREACHABLE, type ActionResult } from './action-result';

interface ServerSubmit {
  submit: () => void;
  /** The failure that belongs to no single field. */
  failure: string | undefined;
  pending: boolean;
}

export function useServerSubmit<Input extends FieldValues, Output, T>(
  form: UseFormReturn<Input, unknown, Output>,
  action: (input: Input) => Promise<ActionResult<T>>,
  onDone: (value: T) => void,
): ServerSubmit {
  const [failure, setFailure] = useState<string>();
  const [pending, setPending] = useState(false);

  const send = async (): Promise<void> => {
    setPending(true);
    setFailure(undefined);
    const result = await action(form.getValues()).catch(() => UNREACHABLE);
    setPending(false);
    if (result.ok) {
      onDone(result.value);
      return;
    }
    leaveIfSignedOut(result);
    const fields = Object.entries(result.fields ?? {});
    fields.forEach(([name, message], index) => {
      form.setError(name as Path<Input>, { message }, { shouldFocus: index === 0 });
    });
    if (fields.length === 0) setFailure(result.message);
  };

  return {
    submit: () => {
      if (pending) return;
      setFailure(undefined);
      // An issue without a path is about the whole form; react-hook-form files it under ''.
      void form.handleSubmit(send, (errors) => setFailure(wholeFormMessage(errors)))();
    },
    failure,
    pending,
  };
}

function wholeFormMessage(errors: FieldErrors): string | undefined {
  const message = errors['']?.message;
  return typeof message === 'string' ? message : undefined;
}
