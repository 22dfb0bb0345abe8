// The frame of every page behind the sign-in: who is signed in and as what, where one can go, the way out.
import type { ReactNode } from 'react';
import Link from 'next/link';
import type { Staff } from '@/lib/auth';
import { translator } from '@/lib/i18n/server';
import { preferences } from '@/lib/preferences';
import { Brand } from './brand';
import { CommandPalette } from './command-palette';
import { NavLinks } from './nav-links';
import { NAVIGATION } from './navigation';
import { PreferencesMenu } from './preferences-menu';
import { SessionGuard } from './session-guard';
import { SignOutButton } from './sign-out-button';

export async function Shell({ staff, children }: { staff: Staff; children: ReactNode }) {
  const t = await translator('shell');
  const chosen = await preferences();
  const items = NAVIGATION[staff.role];
  const withUnits = staff.role === 'doctor';
  return (
    <>
      <SessionGuard />
      <a
        href="#content"
        className="bg-accent text-on-accent absolute top-2 left-2 z-50 -translate-y-20 rounded-sm px-3 py-2 font-semibold focus:translate-y-0"
      >
        {t('skip')}
      </a>
      <header className="border-line bg-surface border-b print:hidden">
        <div className="mx-auto flex max-w-[88rem] items-center gap-x-4 px-4 sm:px-6 lg:gap-x-6">
          <Link
            href="/"
            prefetch={false}
            aria-label={t('brand')}
            className="flex h-12 items-center"
          >
            <Brand />
          </Link>
          <nav
            aria-label={t('main')}
            className="border-line bg-surface fixed inset-x-0 bottom-0 z-30 border-t pb-[env(safe-area-inset-bottom)] sm:static sm:-mx-2.5 sm:border-t-0 sm:pb-0"
          >
            <NavLinks items={items} />
          </nav>
          <div className="ml-auto flex h-12 min-w-0 items-center gap-2">
            <p className="mr-1 flex min-w-0 flex-col text-right leading-tight lg:flex-row lg:items-center lg:gap-2">
              <span className="sr-only">{t('signedInAs')} </span>
              <span className="truncate text-sm font-medium">{staff.name}</span>
              <span className="text-soft lg:border-line lg:bg-sunken truncate text-xs lg:rounded-sm lg:border lg:px-1.5 lg:py-px">
                {t(`role.${staff.role}`)}
              </span>
            </p>
            <CommandPalette items={items} chosen={chosen} withUnits={withUnits} />
            <PreferencesMenu chosen={chosen} withUnits={withUnits} />
            <SignOutButton />
          </div>
        </div>
      </header>
      <main
        id="content"
        tabIndex={-1}
        className="mx-auto max-w-[88rem] px-4 pt-5 pb-20 outline-none sm:px-6 sm:pb-5 print:max-w-none print:p-0"
      >
        {children}
      </main>
    </>
  );
}
