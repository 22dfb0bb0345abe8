'use client';
// The pages of one chart, and the button that prints the one that is open.
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useTranslations } from 'use-intl';
import { PrintButton } from '@/components/ui/print-gate';

export function ChartNav({ id }: { id: string }) {
  const t = useTranslations('record');
  const path = usePathname();
  const chart = `/patients/${id}`;
  const completion = `${chart}/complete`;
  const pages = [
    { href: chart, label: t('pageRecord') },
    // The record itself leads there while the registration is incomplete.
    ...(path === completion ? [{ href: completion, label: t('pageComplete') }] : []),
    { href: `${chart}/access`, label: t('pageAccess') },
  ];
  return (
    <div className="mb-3 flex items-center justify-between gap-3 print:hidden">
      <nav aria-label={t('chartPages')} className="flex min-w-0 gap-1 overflow-x-auto">
        {pages.map(({ href, label }) => (
          <Link
            key={href}
            href={href}
            prefetch={false}
            aria-current={path === href ? 'page' : undefined}
            className="text-soft hover:bg-sunken hover:text-ink aria-[current]:border-accent aria-[current]:text-ink border-b-2 border-transparent px-2.5 py-1.5 text-sm font-medium whitespace-nowrap -outline-offset-2"
          >
            {label}
          </Link>
        ))}
      </nav>
      {path === chart && <PrintButton />}
    </div>
  );
}
