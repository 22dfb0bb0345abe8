// A page of another role: says so, and shows nothing else.
import type { Metadata } from 'next';
import Link from 'next/link';
import { ShieldX } from 'lucide-react';
import { Shell } from '@/components/shell/shell';
import { FullState } from '@/components/states/full-state';
import { buttonClass } from '@/components/ui/button';
import { currentStaff } from '@/lib/auth';

export const metadata: Metadata = { title: 'Not allowed' };

export default async function Forbidden() {
  const staff = await currentStaff();
  const state = (
    <FullState
      icon={ShieldX}
      title="This page is not for your role"
      actions={
        <Link href="/" prefetch={false} className={buttonClass('primary')}>
          Start page
        </Link>
      }
    >
      <p>You are signed in, but your role has no access here. The attempt was refused.</p>
    </FullState>
  );
  return staff === null ? <main>{state}</main> : <Shell staff={staff}>{state}</Shell>;
}
