// Which pages a role is offered. A convenience only: every page and action asks lib/data again. Icons are named, since the
// server hands this list to the browser.
import type { Staff } from '@/lib/auth';

export type Role = Staff['role'];

export type Destination =
  'search' | 'register' | 'keys' | 'audit' | 'emergency' | 'accounts' | 'account';

export interface NavigationItem {
  href: string;
  /** Its name is `shell.nav.` and this, its short one `shell.short.` and this. */
  to: Destination;
}

const ACCOUNT: NavigationItem = { href: '/account', to: 'account' };

export const NAVIGATION: Record<Role, readonly NavigationItem[]> = {
  doctor: [{ href: '/patients', to: 'search' }, { href: '/patients/new', to: 'register' }, ACCOUNT],
  receptionist: [{ href: '/desk', to: 'search' }, { href: '/desk/new', to: 'register' }, ACCOUNT],
  officer: [
    { href: '/keys', to: 'keys' },
    { href: '/audit', to: 'audit' },
    { href: '/emergency', to: 'emergency' },
    { href: '/accounts', to: 'accounts' },
    ACCOUNT,
  ],
};
