// A message with a state: text and symbol carry it, colour only helps. Knows nothing of patients.
import type { ReactNode } from 'react';
import { CircleCheck, Info, OctagonAlert, TriangleAlert, type LucideIcon } from 'lucide-react';

export type NoticeTone = 'info' | 'good' | 'caution' | 'danger';

const TONES: Record<NoticeTone, { icon: LucideIcon; look: string }> = {
  info: { icon: Info, look: 'border-line bg-sunken text-ink' },
  good: { icon: CircleCheck, look: 'border-good/40 bg-good-wash text-good' },
  caution: { icon: TriangleAlert, look: 'border-caution/40 bg-caution-wash text-caution' },
  danger: { icon: OctagonAlert, look: 'border-danger/40 bg-danger-wash text-danger' },
};

interface NoticeProps {
  tone: NoticeTone;
  title?: string;
  children?: ReactNode;
  className?: string;
}

export function Notice({ tone, title, children, className = '' }: NoticeProps) {
  const { icon: Icon, look } = TONES[tone];
  return (
    <div className={`flex gap-2.5 rounded-sm border px-3 py-2.5 ${look} ${className}`}>
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 space-y-0.5">
        {title !== undefined && <p className="font-semibold">{title}</p>}
        {children !== undefined && <div className="text-ink">{children}</div>}
      </div>
    </div>
  );
}

/**
 * A live region that is always in the page, so that screen readers announce what appears in it.
 * `urgent` interrupts; use it for failures only.
 */
export function Live({ urgent = false, children }: { urgent?: boolean; children: ReactNode }) {
  return (
    <div role={urgent ? 'alert' : 'status'} aria-live={urgent ? 'assertive' : 'polite'}>
      {children}
    </div>
  );
}
