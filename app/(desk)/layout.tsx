// The front desk's area. The check here spares other roles an empty page; the real ones are in lib/data.
import type { ReactNode } from 'react';
import { requirePageStaff } from '@/app/guard';
import { PublicScreen } from '@/components/desk/public-screen';
import { Shell } from '@/components/shell/shell';
import { ClientTexts } from '@/lib/i18n/client-texts';

export default async function DeskLayout({ children }: { children: ReactNode }) {
  return (
    <ClientTexts area="desk">
      <Shell staff={await requirePageStaff('receptionist')}>
        <PublicScreen>{children}</PublicScreen>
      </Shell>
    </ClientTexts>
  );
}
