// The secret behind session cookies and sealed second factors. Apart from the cookie, so that tools need no web framework.
import 'server-only';
import { env } from '@/lib/env';

/** Throws if there is none: without it anyone could make tokens. */
export function authSecret(): string {
  const secret = env().authSecret;
  if (secret === undefined) {
    throw new TypeError('Expected `NEXTAUTH_SECRET`, got none: the start command sets it');
  }
  return secret;
}
