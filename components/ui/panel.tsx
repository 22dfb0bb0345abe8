// A titled region of a page. Knows nothing of patients.
import { useId, type ReactNode } from 'react';

interface PanelProps {
  title: string;
  /** Stands beside the title: an edit button, a count. */
  aside?: ReactNode;
  children: ReactNode;
  className?: string;
  /** Lets a link on the same page jump here. */
  id?: string;
  flush?: boolean;
}

export function Panel({ title, aside, children, className = '', id, flush = false }: PanelProps) {
  const titleId = useId();
  return (
    <section
      id={id}
      aria-labelledby={titleId}
      className={`panel min-w-0 ${flush ? '' : 'print:break-inside-avoid'} ${className}`}
    >
      <header className="border-line flex min-h-11 items-center justify-between gap-3 border-b px-4 py-1.5">
        <h2 id={titleId} className="text-sm font-semibold">
          {title}
        </h2>
        {aside}
      </header>
      <div className={flush ? '' : 'p-4'}>{children}</div>
    </section>
  );
}

/** A label with its value, for lists of facts. Goes inside a `dl`. */
export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-soft text-xs">{label}</dt>
      <dd className="break-words">{children}</dd>
    </div>
  );
}
