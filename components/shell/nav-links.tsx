'use client';
// The links of the navigation; marks the page one is on.
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import type { NavigationItem } from './navigation';

export function NavLinks({ items }: { items: readonly NavigationItem[] }) {
  const path = usePathname();
  return (
    <ul className="flex gap-1">
      {items.map(({ href, label }) => (
        <li key={href}>
          <Link
            href={href}
            prefetch={false}
            aria-current={path === href ? 'page' : undefined}
            className="text-soft hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-ink inline-flex h-12 items-center border-b-2 border-transparent px-2.5 text-sm font-medium whitespace-nowrap"
          >
            {label}
          </Link>
        </li>
      ))}
    </ul>
  );
}
