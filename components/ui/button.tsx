// Buttons: one primary per view, the rest quiet. Knows nothing of patients.
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';
import { LoaderCircle } from 'lucide-react';

type Tone = 'primary' | 'quiet' | 'plain';

const TONES: Record<Tone, string> = {
  primary:
    'border-accent bg-accent text-on-accent hover:border-accent-deep hover:bg-accent-deep font-semibold',
  quiet: 'border-edge bg-surface text-ink hover:bg-sunken font-medium',
  plain: 'border-transparent text-accent hover:text-accent-deep hover:bg-accent-wash font-medium',
};

/** The classes of a button, for links that look like one. */
export function buttonClass(tone: Tone = 'quiet', small = false): string {
  const size = small ? 'h-7 px-2 text-sm' : 'h-9 px-3.5 text-base';
  return `inline-flex items-center justify-center gap-1.5 rounded-sm border whitespace-nowrap disabled:cursor-default disabled:opacity-60 print:hidden ${size} ${TONES[tone]}`;
}

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  tone?: Tone;
  small?: boolean;
  /** Shows a spinner and refuses further presses; focus stays where it is. */
  pending?: boolean;
  ref?: Ref<HTMLButtonElement>;
  children: ReactNode;
}

export function Button({
  tone = 'quiet',
  small = false,
  pending = false,
  type = 'button',
  className = '',
  onClick,
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      type={type}
      aria-disabled={pending || undefined}
      className={`${buttonClass(tone, small)} ${className}`}
      onClick={(event) => {
        if (pending) event.preventDefault();
        else onClick?.(event);
      }}
      {...rest}
    >
      {pending && <LoaderCircle aria-hidden className="size-4 animate-spin" />}
      {children}
    </button>
  );
}
