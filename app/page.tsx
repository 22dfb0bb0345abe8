// The start page only knows where each role works.
import { redirect } from 'next/navigation';
import { Landmark } from 'lucide-react';
import { Shell } from '@/components/shell/shell';
import { FullState } from '@/components/states/full-state';
import { currentStaff } from '@/lib/auth';

export default async function StartPage() {
  const staff = await currentStaff();
  if (staff === null) redirect('/sign-in');
  if (staff.role === 'doctor') redirect('/patients');
  if (staff.role === 'receptionist') redirect('/desk');
  return (
    <Shell staff={staff}>
      <FullState icon={Landmark} title="Nothing to do here yet" actions={null}>
        <p>
          Privacy officers work with the operator’s tool for now. Patient pages stay closed to them.
        </p>
      </FullState>
    </Shell>
  );
}
