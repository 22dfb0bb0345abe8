'use client';
// Shown when this part of the page failed on the server; the frame around it stays usable.
import { FailedState, type BoundaryProps } from '@/components/states/failed-state';

export default function DeskError(props: BoundaryProps) {
  return <FailedState {...props} what="page" />;
}
