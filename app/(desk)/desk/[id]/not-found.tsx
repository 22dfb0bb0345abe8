// No patient has this number.
import Link from 'next/link';
import { UserRoundX } from 'lucide-react';
import { FullState } from '@/components/states/full-state';
import { buttonClass } from '@/components/ui/button';

export default function DeskPatientNotFound() {
  return (
    <FullState
      icon={UserRoundX}
      title="There is no such patient"
      actions={
        <Link href="/desk" prefetch={false} className={buttonClass('primary')}>
          Find a patient
        </Link>
      }
    >
      <p>The address names a patient that does not exist.</p>
    </FullState>
  );
}
