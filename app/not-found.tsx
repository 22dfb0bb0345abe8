// An address that leads nowhere. The same for everyone, so that it tells nobody what exists.
import type { Metadata } from 'next';
import Link from 'next/link';
import { FileQuestion } from 'lucide-react';
import { Shell } from '@/components/shell/shell';
import { FullState } from '@/components/states/full-state';
import { buttonClass } from '@/components/ui/button';
import { currentStaff } from '@/lib/auth';

export const metadata: Metadata = { title: 'Not found' };

export default async function NotFound() {
  const staff = await currentStaff();
  const state = (
    <FullState
      icon={FileQuestion}
      title="There is nothing at this address"
      actions={
        <Link href="/" prefetch={false} className={buttonClass('primary')}>
          Start page
        </Link>
      }
    >
      <p>It may have been mistyped, or it is an old link.</p>
    </FullState>
  );
  return staff === null ? <main>{state}</main> : <Shell staff={staff}>{state}</Shell>;
}
