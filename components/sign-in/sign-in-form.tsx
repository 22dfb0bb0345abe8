'use client';
// Sign-in. The answer is one of "invalid" and "throttled", never which of the two entries was wrong.
import { useRef, useState } from 'react';
import { signIn } from 'next-auth/react';
import { Field } from '@/components/form/field';
import { Form } from '@/components/form/form';
import { Button } from '@/components/ui/button';
import { Live, Notice } from '@/components/ui/notice';
import type { DemoAccount } from '@/lib/auth';
import { ROLE_NAMES } from '@/components/shell/navigation';

const FAILURES: Record<string, string> = {
  invalid: 'The user name or the password is wrong.',
  throttled: 'Too many failed attempts. Wait a few minutes, then try again.',
};
const UNAVAILABLE = 'The clinic server did not answer. Try again.';

interface SignInFormProps {
  ended: boolean;
  accounts: readonly DemoAccount[];
}

export function SignInForm({ ended, accounts }: SignInFormProps) {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [failure, setFailure] = useState<string>();
  const [pending, setPending] = useState(false);
  const submit = useRef<HTMLButtonElement>(null);
  const passwordBox = useRef<HTMLInputElement>(null);

  const enter = async (): Promise<void> => {
    setPending(true);
    setFailure(undefined);
    const answer = await signIn('credentials', { redirect: false, username, password }).catch(
      () => undefined,
    );
    if (answer?.ok && !answer.error) {
      window.location.replace('/');
      return;
    }
    setPending(false);
    setPassword('');
    setFailure(answer?.error ? (FAILURES[answer.error] ?? FAILURES.invalid) : UNAVAILABLE);
    passwordBox.current?.focus();
  };

  return (
    <>
      {ended && failure === undefined && (
        <Notice tone="info" className="mb-4">
          <p>Your session has ended. Sign in to go on.</p>
        </Notice>
      )}
      <Form label="Sign in" className="space-y-3.5" onSubmit={() => void enter()}>
        <Live urgent>
          {failure !== undefined && (
            <Notice tone="danger">
              <p>{failure}</p>
            </Notice>
          )}
        </Live>
        <Field
          label="User name"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          value={username}
          onChange={(event) => setUsername(event.target.value)}
        />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          ref={passwordBox}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Button type="submit" tone="primary" className="w-full" pending={pending} ref={submit}>
          Sign in
        </Button>
      </Form>
      {accounts.length > 0 && (
        <DemoAccounts
          accounts={accounts}
          pick={(account) => {
            setUsername(account.username);
            setPassword(account.password);
            submit.current?.focus();
          }}
        />
      )}
    </>
  );
}

interface DemoAccountsProps {
  accounts: readonly DemoAccount[];
  pick: (account: DemoAccount) => void;
}

function DemoAccounts({ accounts, pick }: DemoAccountsProps) {
  return (
    <section aria-labelledby="demo-title" className="border-line mt-8 border-t pt-4">
      <h2 id="demo-title" className="text-sm font-semibold">
        Demo accounts
      </h2>
      <p className="text-soft mb-2 text-sm">
        This is a demonstration with invented patients. Choose an account to fill the form.
      </p>
      <ul className="panel divide-line divide-y overflow-hidden">
        {accounts.map((account) => (
          <li key={account.username}>
            <button
              type="button"
              className="hover:bg-accent-wash flex w-full items-baseline justify-between gap-3 px-3 py-2 text-left -outline-offset-2"
              onClick={() => pick(account)}
            >
              <span className="font-medium">{account.name}</span>
              <span className="text-soft text-sm">{ROLE_NAMES[account.role]}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
