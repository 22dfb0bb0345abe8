// The demo's accounts, passwords included: for people who try the clinic out. Demo mode only.
import 'server-only';
import { env } from '@/lib/env';
import { demoCode } from './second-factor';
import type { NewUser } from './users';

export type DemoAccount = NewUser;

const DEMO_ACCOUNTS: readonly DemoAccount[] = [
  { username: 'dr.okafor', name: 'Dr Adaeze Okafor', role: 'doctor', password: 'heron-lantern-42' },
  {
    username: 'dr.lindgren',
    name: 'Dr Nils Lindgren',
    role: 'doctor',
    password: 'maple-compass-17',
  },
  { username: 'rosa', name: 'Rosa Delgado', role: 'receptionist', password: 'teapot-harbor-63' },
  { username: 'tomas', name: 'Tomás Byrne', role: 'receptionist', password: 'violet-ladder-28' },
  { username: 'ines', name: 'Inês Carvalho', role: 'officer', password: 'cobalt-orchard-51' },
  { username: 'viktor', name: 'Viktor Hahn', role: 'officer', password: 'marble-kettle-94' },
];

/** Empty outside demo mode. */
export function demoAccounts(): readonly DemoAccount[] {
  return env().mode === 'demo' ? DEMO_ACCOUNTS : [];
}

/** The current code of a demo account; null outside demo mode and for an account without a second factor. */
export function demoCodeOf(username: string): string | null {
  const account = demoAccounts().find((known) => known.username === username);
  return account === undefined ? null : demoCode({ role: account.role, demo: true });
}
