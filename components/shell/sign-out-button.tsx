'use client';
// Sign-out: ends the session on the server, then leaves with a full page load so that nothing of a
// patient stays in this tab's memory; other open tabs hear of it and leave too.
import { useState } from 'react';
import { LogOut } from 'lucide-react';
import { signOut } from 'next-auth/react';
import { Button } from '@/components/ui/button';
import { announceSignOut } from './session-guard';

export function SignOutButton() {
  const [pending, setPending] = useState(false);
  const [failed, setFailed] = useState(false);

  const leave = async (): Promise<void> => {
    setPending(true);
    try {
      await signOut({ redirect: false });
      announceSignOut();
      window.location.replace('/sign-in');
    } catch {
      setPending(false);
      setFailed(true);
    }
  };

  return (
    <>
      <span role="alert" className="text-danger text-sm empty:hidden">
        {failed ? 'Sign-out failed, try again' : ''}
      </span>
      <Button small pending={pending} onClick={() => void leave()}>
        <LogOut aria-hidden className="size-3.5" />
        Sign out
      </Button>
    </>
  );
}
