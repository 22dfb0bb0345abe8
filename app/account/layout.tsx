// One's own account: for every role.
import type { ReactNode } from 'react';
import { redirect } from 'next/navigation';
import { Shell } from '@/components/shell/shell';
import { currentStaff } from '@/lib/auth';
import { ClientTexts } from '@/lib/i18n/client-texts';

export default async function AccountLayout({ children }: { children: ReactNode }) {
  const staff = await currentStaff();
  if (staff === null) redirect('/sign-in');
  return (
    <ClientTexts area="account">
      <Shell staff={staff}>{children}</Shell>
    </ClientTexts>
  );
}
