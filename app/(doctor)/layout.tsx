// The doctors' area. The check here spares other roles an empty page; the real ones are in lib/data.
import type { ReactNode } from 'react';
import { requirePageStaff } from '@/app/guard';
import { SearchMemory } from '@/components/search/search-memory';
import { Shell } from '@/components/shell/shell';
import { ClientTexts } from '@/lib/i18n/client-texts';

export default async function DoctorLayout({ children }: { children: ReactNode }) {
  return (
    <ClientTexts area="doctor">
      <Shell staff={await requirePageStaff('doctor')}>
        <SearchMemory>{children}</SearchMemory>
      </Shell>
    </ClientTexts>
  );
}
