'use client';
// One account, and what an officer may change of it. One's own is another officer's to change.
import { useId, useState } from 'react';
import { useTranslations } from 'use-intl';
import type { ActionResult } from '@/components/form/action-result';
import { Choice } from '@/components/form/choice';
import { Field } from '@/components/form/field';
import { Button } from '@/components/ui/button';
import { Live } from '@/components/ui/notice';
import type { AccountView } from '@/schemas/account';
import { ROLES } from './roles';
import { useAsk } from './use-ask';

interface AccountRowProps {
  account: AccountView;
  changeRole: (input: { id: string; role: string }) => Promise<ActionResult>;
  setDisabled: (input: { id: string; disabled: boolean }) => Promise<ActionResult>;
  resetPassword: (input: { id: string; password: string }) => Promise<ActionResult>;
  endSessions: (id: string) => Promise<ActionResult>;
  resetFactor: (id: string) => Promise<ActionResult>;
}

export function AccountRow(props: AccountRowProps) {
  const { account } = props;
  const t = useTranslations('accounts');
  const role = useTranslations('shell.role');
  const id = useId();
  const [open, setOpen] = useState(false);
  return (
    <li className="border-line border-b px-4 py-3 last:border-b-0">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-1">
        <div className="min-w-0 flex-1 basis-52">
          <h3 className="font-semibold">
            {account.name}
            {account.own && <span className="text-soft font-normal"> · {t('you')}</span>}
          </h3>
          <p className="text-soft text-sm">{account.username}</p>
        </div>
        <p className="basis-28">{role(account.role)}</p>
        <p className={`basis-24 ${account.disabled ? 'text-danger font-semibold' : ''}`}>
          {account.disabled ? t('disabled') : t('active')}
        </p>
        <p className="text-soft basis-36 text-sm">
          {t('factor')}: {factorText(account, t)}
          <br />
          {t('sessions')}: {account.sessions}
        </p>
        <div className="w-18 text-right">
          {!account.own && (
            <Button
              small
              aria-expanded={open}
              aria-controls={id}
              aria-label={open ? t('close') : t('changeName', { name: account.name })}
              onClick={() => setOpen(!open)}
            >
              {open ? t('close') : t('change')}
            </Button>
          )}
        </div>
      </div>
      <div id={id}>{open && <Changes {...props} />}</div>
    </li>
  );
}

function factorText(
  { secondFactor, role }: AccountView,
  t: (key: 'factorSet' | 'factorMissing' | 'factorNone') => string,
): string {
  if (secondFactor) return t('factorSet');
  return role === 'officer' ? t('factorMissing') : t('factorNone');
}

function Changes(props: AccountRowProps) {
  const { account } = props;
  const { id } = account;
  const t = useTranslations('accounts');
  const roleName = useTranslations('shell.role');
  const [role, setRole] = useState(account.role);
  const [password, setPassword] = useState('');
  const { ask, pending, said, errors } = useAsk();
  const done = { done: t('done') };
  return (
    <div className="bg-sunken mt-3 grid gap-4 rounded-sm p-3 sm:grid-cols-2">
      <form
        method="post"
        className="grid content-start gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          void ask(() => props.changeRole({ id, role }), done);
        }}
      >
        <Choice
          label={t('role')}
          value={role}
          options={ROLES.map((value) => ({ value, label: roleName(value) }))}
          onChange={(event) => setRole(event.target.value as AccountView['role'])}
        />
        <Button type="submit" small pending={pending} className="justify-self-start">
          {t('saveRole')}
        </Button>
      </form>
      <form
        method="post"
        className="grid content-start gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          void ask(() => props.resetPassword({ id, password }), {
            ...done,
            then: () => setPassword(''),
          });
        }}
      >
        <Field
          label={t('newPassword')}
          type="password"
          autoComplete="new-password"
          hint={t('passwordHint')}
          error={errors['password']}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Button type="submit" small pending={pending} className="justify-self-start">
          {t('setPassword')}
        </Button>
      </form>
      <div className="flex flex-wrap gap-2 sm:col-span-2">
        <Button
          small
          pending={pending}
          onClick={() =>
            void ask(() => props.setDisabled({ id, disabled: !account.disabled }), done)
          }
        >
          {account.disabled ? t('enable') : t('disable')}
        </Button>
        <Button small pending={pending} onClick={() => void ask(() => props.endSessions(id), done)}>
          {t('endSessions')}
        </Button>
        {account.secondFactor && (
          <Button
            small
            pending={pending}
            onClick={() => void ask(() => props.resetFactor(id), done)}
          >
            {t('resetFactor')}
          </Button>
        )}
        <Live>{said !== '' && <p className="text-sm">{said}</p>}</Live>
      </div>
    </div>
  );
}
