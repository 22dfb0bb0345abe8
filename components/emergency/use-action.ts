'use client';
// A button's server action: one at a time, its refusal as a sentence, and off to the sign-in page when the session ended.
import { useState } from 'react';
import { leaveIfSignedOut, UNREACHABLE, type ActionResult } from '@/components/form/action-result';
import { useMessage } from '@/components/form/use-message';

interface SentAction {
  send: () => void;
  pending: boolean;
  failure: string | undefined;
}

export function useAction(action: () => Promise<ActionResult>, onDone?: () => void): SentAction {
  const say = useMessage();
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState<string>();
  const run = async (): Promise<void> => {
    setPending(true);
    setFailure(undefined);
    const result = await action().catch(() => UNREACHABLE);
    setPending(false);
    if (result.ok) {
      onDone?.();
      return;
    }
    leaveIfSignedOut(result);
    setFailure(say(result.message));
  };
  return {
    send: () => {
      if (!pending) void run();
    },
    pending,
    failure,
  };
}
