// Which pages a role is offered. A convenience only: every page and action asks lib/data again.
import type { Staff } from '@/lib/auth';

export type Role = Staff['role'];

export interface NavigationItem {
  href: string;
  label: string;
}

export const NAVIGATION: Record<Role, readonly NavigationItem[]> = {
  doctor: [
    { href: '/patients', label: 'Find a patient' },
    { href: '/patients/new', label: 'Register a patient' },
  ],
  receptionist: [
    { href: '/desk', label: 'Find a patient' },
    { href: '/desk/new', label: 'Register a patient' },
  ],
  officer: [],
};

export const ROLE_NAMES: Record<Role, string> = {
  doctor: 'Doctor',
  receptionist: 'Front desk',
  officer: 'Privacy officer',
};
