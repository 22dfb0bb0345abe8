// A whole-page state: not found, not allowed, failed. Says what happened and offers one way on.
import type { ReactNode } from 'react';
import type { LucideIcon } from 'lucide-react';

interface FullStateProps {
  icon: LucideIcon;
  title: string;
  children: ReactNode;
  actions: ReactNode;
}

export function FullState({ icon: Icon, title, children, actions }: FullStateProps) {
  return (
    <div className="mx-auto mt-10 max-w-md text-center">
      <Icon aria-hidden className="text-soft mx-auto mb-3 size-7" strokeWidth={1.5} />
      <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
      <div className="text-soft mt-1.5 mb-5">{children}</div>
      <div className="flex justify-center gap-2">{actions}</div>
    </div>
  );
}
