// The start page only knows where each role works.
import { redirect } from 'next/navigation';
import type { Staff } from '@/lib/auth';
import { currentStaff } from '@/lib/auth';

const START_PAGES: Record<Staff['role'], string> = {
  doctor: '/patients',
  receptionist: '/desk',
  officer: '/keys',
};

export default async function StartPage() {
  const staff = await currentStaff();
  redirect(staff === null ? '/sign-in' : START_PAGES[staff.role]);
}
