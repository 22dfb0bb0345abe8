// The frame of every page behind the sign-in: who is signed in and as what, where one can go, the way out.
import type { ReactNode } from 'react';
import Link from 'next/link';
import type { Staff } from '@/lib/auth';
import { Brand } from './brand';
import { NavLinks } from './nav-links';
import { NAVIGATION, ROLE_NAMES } from './navigation';
import { SessionGuard } from './session-guard';
import { SignOutButton } from './sign-out-button';

export function Shell({ staff, children }: { staff: Staff; children: ReactNode }) {
  const items = NAVIGATION[staff.role];
  return (
    <>
      <SessionGuard />
      <a
        href="#content"
        className="bg-accent text-on-accent absolute top-2 left-2 z-50 -translate-y-20 rounded-sm px-3 py-2 font-semibold focus:translate-y-0"
      >
        Skip to content
      </a>
      <header className="border-line bg-surface border-b print:hidden">
        <div className="mx-auto flex max-w-[88rem] flex-wrap items-center gap-x-6 px-4 sm:px-6">
          <Link
            href="/"
            prefetch={false}
            aria-label="MedcoMD, start page"
            className="flex h-12 items-center"
          >
            <Brand />
          </Link>
          {items.length > 0 && (
            <nav aria-label="Main" className="order-last -mx-2.5 w-full sm:order-none sm:w-auto">
              <NavLinks items={items} />
            </nav>
          )}
          <div className="ml-auto flex h-12 min-w-0 items-center gap-3">
            <p className="flex min-w-0 flex-col text-right leading-tight sm:flex-row sm:items-center sm:gap-2">
              <span className="sr-only">Signed in as </span>
              <span className="truncate text-sm font-medium">{staff.name}</span>
              <span className="text-soft sm:border-line sm:bg-sunken text-xs sm:rounded-sm sm:border sm:px-1.5 sm:py-px">
                {ROLE_NAMES[staff.role]}
              </span>
            </p>
            <SignOutButton />
          </div>
        </div>
      </header>
      <main
        id="content"
        tabIndex={-1}
        className="mx-auto max-w-[88rem] px-4 py-5 outline-none sm:px-6 print:max-w-none print:p-0"
      >
        {children}
      </main>
    </>
  );
}
