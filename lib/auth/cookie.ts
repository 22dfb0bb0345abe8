// The session cookie: its name and flags, and the reference inside it. The token carries nothing else.
import 'server-only';
import { decode, encode } from 'next-auth/jwt';
import { cookies } from 'next/headers';
import { env } from '@/lib/env';
import { authSecret } from './auth-secret';
import { ABSOLUTE_MS } from './session-rules';

/** Name of the one property that a token has. */
export const REFERENCE = 'ref';

/** C-03: HttpOnly, SameSite=Lax; with HTTPS also Secure and bound to the host by `__Host-`. */
export function sessionCookie() {
  const secure = env().authUrl.startsWith('https://');
  return {
    name: `${secure ? '__Host-' : ''}medcomd.session`,
    options: { httpOnly: true, sameSite: 'lax' as const, path: '/', secure },
  };
}

/** The reference in this request's cookie; null without a cookie or with one that we did not make. */
export async function readSessionReference(): Promise<string | null> {
  const token = (await cookies()).get(sessionCookie().name)?.value;
  if (token === undefined) return null;
  try {
    const claims = await decode({ token, secret: authSecret() });
    const reference = claims?.[REFERENCE];
    return typeof reference === 'string' ? reference : null;
  } catch {
    // A forged, foreign or outdated token is the same as none.
    return null;
  }
}

/** Puts a reference into the cookie of this answer, in the token that next-auth would make. Only in an action. */
export async function writeSessionReference(reference: string): Promise<void> {
  const { name, options } = sessionCookie();
  const maxAge = ABSOLUTE_MS / 1000;
  const token = await encode({ token: { [REFERENCE]: reference }, secret: authSecret(), maxAge });
  (await cookies()).set(name, token, { ...options, maxAge });
}
