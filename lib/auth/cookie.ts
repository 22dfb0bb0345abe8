// The session cookie: its name and flags, and the reference inside it. The token carries nothing else.
import 'server-only';
import { decode } from 'next-auth/jwt';
import { cookies } from 'next/headers';
import { env } from '@/lib/env';

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

/** Throws if there is none: without it anyone could make tokens. */
export function authSecret(): string {
  const secret = env().authSecret;
  if (secret === undefined) {
    throw new TypeError('Expected `NEXTAUTH_SECRET`, got none: the start command sets it');
  }
  return secret;
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
