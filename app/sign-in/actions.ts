'use server';
// What the demo's sign-in page fills in besides user name and password, which are public too.
import { demoCodeOf } from '@/lib/auth';

/** Null outside demo mode, and for an account without a second factor. */
export async function demoCodeAction(username: unknown): Promise<string | null> {
  return Promise.resolve(typeof username === 'string' ? demoCodeOf(username) : null);
}
