// next-auth's configuration: it does the form, CSRF and the cookie. The session itself is ours
// (sessions.ts); next-auth's token only carries the reference to it.
import 'server-only';
import type { NextRequest } from 'next/server';
import NextAuth, { type AuthOptions } from 'next-auth';
import CredentialsProvider from 'next-auth/providers/credentials';
import { recordEvent } from '@/lib/audit/record-event';
import { browserName } from './browser-name';
import { authSecret } from './auth-secret';
import { readSessionReference, REFERENCE, sessionCookie } from './cookie';
import { ABSOLUTE_MS } from './session-rules';
import { endSession, findStaff } from './sessions';
import { signIn } from './sign-in';

/**
 * Answers a request to `/api/auth/*`. Settings are read at the first request, not at build time. A failed
 * sign-in answers the error `unavailable` or a SignInFailure.
 */
export function handleAuth(
  request: NextRequest,
  context: { params: Promise<{ nextauth: string[] }> },
): Promise<Response> {
  return NextAuth(request, context, authOptions()) as Promise<Response>;
}

function authOptions(): AuthOptions {
  return {
    secret: authSecret(),
    session: { strategy: 'jwt', maxAge: ABSOLUTE_MS / 1000 },
    pages: { signIn: '/sign-in', error: '/sign-in' },
    cookies: { sessionToken: sessionCookie() },
    // Its own logger prints whole errors, and a driver's error may quote a document.
    logger: {
      error: (code) => console.error(`sign-in: ${code}`),
      warn: (code) => console.warn(`sign-in: ${code}`),
      debug: () => undefined,
    },
    providers: [
      CredentialsProvider({
        name: 'MedcoMD',
        credentials: {
          username: { label: 'User name' },
          password: { type: 'password' },
          code: { label: 'Code' },
        },
        authorize: async (credentials, request) => {
          const { username, password, code = '' } = credentials ?? {};
          const from = {
            address: clientAddress(request.headers),
            browser: browserName(String(request.headers?.['user-agent'] ?? '')),
          };
          // next-auth sends the message of what is thrown here to the browser.
          const result = await signIn({ username, password, code }, from).catch(
            () => ({ ok: false, failure: 'unavailable' }) as const,
          );
          if (!result.ok) throw new Error(result.failure);
          // C-02: a session that this browser already had ends with the new sign-in.
          const previous = await readSessionReference();
          if (previous !== null) await endSession(previous);
          return { id: result.userId, [REFERENCE]: result.reference };
        },
      }),
    ],
    callbacks: {
      jwt: ({ token, trigger, user }) => {
        if (trigger !== 'signIn') return { [REFERENCE]: token[REFERENCE] };
        return {
          [REFERENCE]: Object.entries(user).find(([name]) => name === REFERENCE)?.[1] as unknown,
        };
      },
      // The browser learns nothing from next-auth's session endpoint; pages ask lib/auth.
      session: ({ session }) => ({ expires: session.expires }),
    },
    events: {
      signOut: async ({ token }) => {
        const reference = token[REFERENCE];
        if (typeof reference !== 'string') return;
        const staff = await findStaff(reference);
        await endSession(reference);
        if (staff === null) return;
        await recordEvent({
          action: 'sign-out',
          outcome: 'ok',
          userId: staff.userId,
          role: staff.role,
          session: staff.sessionId,
        });
      },
    },
  };
}

// A proxy appends the address that it saw, so only the last one is not the client's own word.
function clientAddress(headers: Record<string, unknown> | undefined): string {
  const forwarded = headers?.['x-forwarded-for'];
  return typeof forwarded === 'string' ? (forwarded.split(',').at(-1) ?? '').trim() : 'unknown';
}
