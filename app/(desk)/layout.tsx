// The front desk's area. The check here spares other roles an empty page; the real ones are in lib/data.
import type { ReactNode } from 'react';
import { requirePageStaff } from '@/app/guard';
import { Shell } from '@/components/shell/shell';

export default async function DeskLayout({ children }: { children: ReactNode }) {
  return <Shell staff={await requirePageStaff('receptionist')}>{children}</Shell>;
}
