'use server';
// Keeps what a person chose in the preferences menu. Nothing here is a secret or needs a session.
import { refresh } from 'next/cache';
import { cookies } from 'next/headers';
import { env } from '@/lib/env';
import { PREFERENCE_COOKIES } from '@/lib/preferences';
import { preferencesSchema } from '@/schemas/preferences';

const A_YEAR_S = 365 * 24 * 3600;

/** Sets those preferences that are given; anything that is not one of the choices changes nothing. */
export async function setPreferencesAction(input: unknown): Promise<void> {
  const parsed = preferencesSchema.partial().safeParse(input);
  if (!parsed.success) return;
  const jar = await cookies();
  for (const name of ['locale', 'theme', 'units'] as const) {
    const value = parsed.data[name];
    if (value === undefined) continue;
    jar.set(PREFERENCE_COOKIES[name], value, {
      maxAge: A_YEAR_S,
      path: '/',
      sameSite: 'lax',
      httpOnly: true,
      secure: env().authUrl.startsWith('https://'),
    });
  }
  refresh();
}
