'use client';
// Sign-in. The answer never says which of user name and password was wrong; the code is asked for once both are right.
import { useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { signIn } from 'next-auth/react';
import { useTranslations } from 'use-intl';
import { Field } from '@/components/form/field';
import { Form } from '@/components/form/form';
import { Button } from '@/components/ui/button';
import { Live, Notice } from '@/components/ui/notice';
import type { DemoAccount } from '@/lib/auth';

const FAILURES = {
  invalid: 'invalid',
  throttled: 'throttled',
  'code-needed': 'codeNeeded',
  'code-wrong': 'codeWrong',
} as const;

interface SignInFormProps {
  ended: boolean;
  accounts: readonly DemoAccount[];
  /** The current code of a demo account that has a second factor; null for the others. */
  demoCode: (username: string) => Promise<string | null>;
}

export function SignInForm({ ended, accounts, demoCode }: SignInFormProps) {
  const t = useTranslations('signIn');
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [asksCode, setAsksCode] = useState(false);
  const [failure, setFailure] = useState<string>();
  const [pending, setPending] = useState(false);
  const submit = useRef<HTMLButtonElement>(null);
  const passwordBox = useRef<HTMLInputElement>(null);
  const codeBox = useRef<HTMLInputElement>(null);

  const enter = async (): Promise<void> => {
    setPending(true);
    setFailure(undefined);
    const entries = { username, password, code };
    const answer = await signIn('credentials', { redirect: false, ...entries }).catch(
      () => undefined,
    );
    if (answer?.ok && !answer.error) {
      window.location.replace('/');
      return;
    }
    setPending(false);
    setCode('');
    const name = Object.entries(FAILURES).find(([reason]) => reason === answer?.error)?.[1];
    const isAboutCode = name === 'codeNeeded' || name === 'codeWrong';
    flushSync(() => setAsksCode(isAboutCode));
    setFailure(answer?.error ? t(name ?? 'invalid') : t('unavailable'));
    if (isAboutCode) codeBox.current?.focus();
    else {
      setPassword('');
      passwordBox.current?.focus();
    }
  };

  const pick = async (account: DemoAccount): Promise<void> => {
    setUsername(account.username);
    setPassword(account.password);
    setPending(true);
    const hasCode = account.role === 'officer';
    const current = hasCode ? await demoCode(account.username).catch(() => null) : null;
    setPending(false);
    setAsksCode(current !== null);
    setCode(current ?? '');
    submit.current?.focus();
  };

  return (
    <>
      {ended && failure === undefined && (
        <Notice tone="info" className="mb-4">
          <p>{t('ended')}</p>
        </Notice>
      )}
      <Form label={t('title')} className="space-y-3.5" onSubmit={() => void enter()}>
        <Live urgent>
          {failure !== undefined && (
            <Notice tone="danger">
              <p>{failure}</p>
            </Notice>
          )}
        </Live>
        <Field
          label={t('username')}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          value={username}
          onChange={(event) => setUsername(event.target.value)}
        />
        <Field
          label={t('password')}
          name="password"
          type="password"
          autoComplete="current-password"
          required
          ref={passwordBox}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        {asksCode && (
          <Field
            label={t('code')}
            name="code"
            hint={t('codeHint')}
            inputMode="numeric"
            autoComplete="one-time-code"
            required
            ref={codeBox}
            value={code}
            onChange={(event) => setCode(event.target.value)}
          />
        )}
        <Button type="submit" tone="primary" className="w-full" pending={pending} ref={submit}>
          {t('submit')}
        </Button>
      </Form>
      {accounts.length > 0 && (
        <DemoAccounts accounts={accounts} pick={(account) => void pick(account)} />
      )}
    </>
  );
}

interface DemoAccountsProps {
  accounts: readonly DemoAccount[];
  pick: (account: DemoAccount) => void;
}

function DemoAccounts({ accounts, pick }: DemoAccountsProps) {
  const t = useTranslations('signIn');
  const role = useTranslations('shell.role');
  return (
    <section aria-labelledby="demo-title" className="border-line mt-8 border-t pt-4">
      <h2 id="demo-title" className="text-sm font-semibold">
        {t('demoTitle')}
      </h2>
      <p className="text-soft mb-2 text-sm">{t('demoLead')}</p>
      <ul className="panel divide-line divide-y overflow-hidden">
        {accounts.map((account) => (
          <li key={account.username}>
            <button
              type="button"
              className="hover:bg-accent-wash flex w-full items-baseline justify-between gap-3 px-3 py-2 text-left -outline-offset-2"
              onClick={() => pick(account)}
            >
              <span className="font-medium">{account.name}</span>
              <span className="text-soft text-sm">{role(account.role)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
