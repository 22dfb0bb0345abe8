'use client';
// The links of the navigation; marks the page one is on. On a phone they are a bar at the thumb, with symbols;
// short names stand for the whole ones where there is little room.
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import {
  KeyRound,
  ScrollText,
  Search,
  Siren,
  UserRound,
  UserRoundPlus,
  UsersRound,
  type LucideIcon,
} from 'lucide-react';
import { useTranslations } from 'use-intl';
import type { Destination, NavigationItem } from './navigation';

const ICONS: Record<Destination, LucideIcon> = {
  search: Search,
  register: UserRoundPlus,
  keys: KeyRound,
  audit: ScrollText,
  emergency: Siren,
  accounts: UsersRound,
  account: UserRound,
};

export function NavLinks({ items }: { items: readonly NavigationItem[] }) {
  const t = useTranslations('shell');
  const path = usePathname();
  return (
    <ul className="flex justify-around sm:justify-start sm:gap-1">
      {items.map(({ href, to }) => {
        const Icon = ICONS[to];
        return (
          <li key={href} className="min-w-0 flex-1 sm:flex-none">
            <Link
              href={href}
              prefetch={false}
              aria-current={path === href ? 'page' : undefined}
              className="text-soft hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-ink text-2xs flex h-14 flex-col items-center justify-center gap-0.5 border-t-2 border-transparent px-1 font-medium sm:inline-flex sm:h-12 sm:border-t-0 sm:border-b-2 sm:px-2.5 sm:text-sm sm:whitespace-nowrap"
            >
              <Icon aria-hidden className="size-5 sm:hidden" />
              <span aria-hidden className="max-w-full truncate xl:hidden">
                {t(`short.${to}`)}
              </span>
              <span className="sr-only xl:not-sr-only">{t(`nav.${to}`)}</span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
