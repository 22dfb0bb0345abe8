// Leaves: ends the session on the server, then loads the sign-in page anew so that nothing of a patient stays in this tab's
// memory; other open tabs hear of it and leave too.
import { signOut } from 'next-auth/react';
import { announceSignOut, setLeaving } from './session-guard';

/** Rejects if the server cannot be reached: then the session still lives. */
export async function leave(): Promise<void> {
  setLeaving(true);
  try {
    await signOut({ redirect: false });
  } catch (error) {
    setLeaving(false);
    throw error;
  }
  announceSignOut();
  window.location.replace('/sign-in');
}
