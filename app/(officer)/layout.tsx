// The privacy officer's area. The check here spares other roles an empty page; the real ones are in lib/data.
import type { ReactNode } from 'react';
import { requirePageStaff } from '@/app/guard';
import { Shell } from '@/components/shell/shell';
import { ClientTexts } from '@/lib/i18n/client-texts';

export default async function OfficerLayout({ children }: { children: ReactNode }) {
  return (
    <ClientTexts area="officer">
      <Shell staff={await requirePageStaff('officer')}>{children}</Shell>
    </ClientTexts>
  );
}
