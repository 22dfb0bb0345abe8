// The session cookie's name and flags (C-03), over HTTPS and on a laptop without it.
import { afterEach, describe, expect, it, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

async function cookieAt(url: string) {
  vi.stubEnv('NEXTAUTH_URL', url);
  vi.stubEnv('NEXTAUTH_SECRET', 'b8Jq0vTn5Zx2Lw9Rk4Ys7Hd1Fg6Mc3Pa-even-longer');
  const { sessionCookie } = await import('./cookie');
  return sessionCookie();
}

describe('the session cookie', () => {
  it('over HTTPS is bound to the host, Secure, and out of reach of scripts and other sites', async () => {
    expect(await cookieAt('https://clinic.example')).toEqual({
      name: '__Host-medcomd.session',
      options: { httpOnly: true, sameSite: 'lax', path: '/', secure: true },
    });
  });

  it('without HTTPS, where no browser would take `__Host-`, has no more than that missing', async () => {
    expect(await cookieAt('http://localhost:3000')).toEqual({
      name: 'medcomd.session',
      options: { httpOnly: true, sameSite: 'lax', path: '/', secure: false },
    });
  });
});
