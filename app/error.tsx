'use client';
// Catches what fails outside the two working areas.
import { FailedState, type BoundaryProps } from '@/components/states/failed-state';

export default function RootError(props: BoundaryProps) {
  return (
    <main>
      <FailedState {...props} what="page" />
    </main>
  );
}
