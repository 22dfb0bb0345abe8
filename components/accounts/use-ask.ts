'use client';
// One server action at a time: its refusals beside the fields and as a sentence.
import { useState } from 'react';
import { leaveIfSignedOut, UNREACHABLE, type ActionResult } from '@/components/form/action-result';
import { useMessage } from '@/components/form/use-message';

interface Options<T> {
  /** Said when it is done. */
  done?: string;
  then?: (value: T) => void;
}

export function useAsk() {
  const say = useMessage();
  const [pending, setPending] = useState(false);
  const [said, setSaid] = useState('');
  const [errors, setErrors] = useState<Record<string, string>>({});

  async function ask<T>(
    action: () => Promise<ActionResult<T>>,
    { done = '', then }: Options<T> = {},
  ): Promise<void> {
    if (pending) return;
    setPending(true);
    setSaid('');
    setErrors({});
    const result = await action().catch(() => UNREACHABLE);
    setPending(false);
    if (result.ok) {
      then?.(result.value);
      setSaid(done);
      return;
    }
    leaveIfSignedOut(result);
    const fields = result.fields ?? {};
    setErrors(fields);
    if (Object.keys(fields).length === 0) setSaid(say(result.message));
  }

  return { ask, pending, said, errors };
}
