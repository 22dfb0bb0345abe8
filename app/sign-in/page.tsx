// The sign-in page: public, so it carries nothing but the form. In demo mode it lists the demo accounts.
import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { Brand } from '@/components/shell/brand';
import { SignInForm } from '@/components/sign-in/sign-in-form';
import { currentStaff, demoAccounts } from '@/lib/auth';
import { translator } from '@/lib/i18n/server';
import { demoCodeAction } from './actions';

export async function generateMetadata(): Promise<Metadata> {
  const t = await translator('signIn');
  return { title: t('title') };
}

interface SignInPageProps {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function SignInPage({ searchParams }: SignInPageProps) {
  if ((await currentStaff()) !== null) redirect('/');
  const t = await translator('signIn');
  const ended = (await searchParams).ended !== undefined;
  return (
    <main className="mx-auto flex min-h-dvh max-w-sm flex-col justify-center px-4 py-8">
      <p className="mb-6 text-lg">
        <Brand />
      </p>
      <h1 className="mb-4 text-xl font-semibold tracking-tight">{t('heading')}</h1>
      <SignInForm ended={ended} accounts={demoAccounts()} demoCode={demoCodeAction} />
    </main>
  );
}
