'use client';
// Setting up the second factor: a QR code or the secret as text, a first code as proof, then the recovery codes, once.
import { useState, type ReactNode } from 'react';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'use-intl';
import type { ActionResult } from '@/components/form/action-result';
import { Field } from '@/components/form/field';
import { Button } from '@/components/ui/button';
import { Live } from '@/components/ui/notice';
import { Panel } from '@/components/ui/panel';
import type { EnrolmentView, OwnAccount } from '@/schemas/account';
import { QrCode } from './qr-code';
import { useAsk } from './use-ask';

interface SecondFactorProps {
  state: OwnAccount['secondFactor'];
  recoveryCodes: number;
  offer: (input: { password: string }) => Promise<ActionResult<EnrolmentView>>;
  enrol: (input: { code: string }) => Promise<ActionResult<string[]>>;
  remove: (input: { password: string }) => Promise<ActionResult>;
}

export function SecondFactor({ state, recoveryCodes, offer, enrol, remove }: SecondFactorProps) {
  const t = useTranslations('accounts');
  const router = useRouter();
  const [offered, setOffered] = useState<EnrolmentView>();
  const [codes, setCodes] = useState<string[]>();
  const [password, setPassword] = useState('');
  const { ask, pending, said, errors } = useAsk();

  const step = (): ReactNode => {
    if (codes !== undefined) {
      return (
        <RecoveryCodes
          codes={codes}
          onKept={() => {
            setCodes(undefined);
            router.refresh();
          }}
        />
      );
    }
    if (offered !== undefined) {
      return (
        <Proof
          offered={offered}
          error={errors['code']}
          pending={pending}
          send={(code) =>
            void ask(() => enrol({ code }), {
              then: (made) => {
                setOffered(undefined);
                setCodes(made);
              },
            })
          }
        />
      );
    }
    return (
      <>
        <p className="text-soft mb-3">{t('factorExplain')}</p>
        {state === 'set' && <p className="mb-3">{t('factorIsSet', { count: recoveryCodes })}</p>}
        {state === 'demo' ? (
          <p>{t('factorDemo')}</p>
        ) : (
          <>
            {state === 'set' && (
              <Field
                label={t('current')}
                type="password"
                autoComplete="current-password"
                className="mb-3"
                error={errors['password']}
                value={password}
                onChange={(event) => setPassword(event.target.value)}
              />
            )}
            <div className="flex gap-2">
              <Button
                tone={state === 'needed' ? 'primary' : 'quiet'}
                pending={pending}
                onClick={() =>
                  void ask(() => offer({ password }), {
                    then: (made) => {
                      setPassword('');
                      setOffered(made);
                    },
                  })
                }
              >
                {state === 'set' ? t('setUpAnew') : t('setUp')}
              </Button>
              {state === 'set' && (
                <Button
                  pending={pending}
                  onClick={() =>
                    void ask(() => remove({ password }), { then: () => setPassword('') })
                  }
                >
                  {t('remove')}
                </Button>
              )}
            </div>
          </>
        )}
      </>
    );
  };

  return (
    <Panel title={t('factorTitle')}>
      {step()}
      <Live urgent>{said !== '' && <p className="text-danger mt-2">{said}</p>}</Live>
    </Panel>
  );
}

interface ProofProps {
  offered: EnrolmentView;
  error: string | undefined;
  pending: boolean;
  send: (code: string) => void;
}

function Proof({ offered, error, pending, send }: ProofProps) {
  const t = useTranslations('accounts');
  const [code, setCode] = useState('');
  return (
    <form
      method="post"
      aria-label={t('factorTitle')}
      className="space-y-3"
      onSubmit={(event) => {
        event.preventDefault();
        send(code);
      }}
    >
      <p>{t('scan')}</p>
      <QrCode modules={offered.qr} label={t('qr')} />
      <p className="text-soft text-sm break-all">{t('secret', { secret: offered.secret })}</p>
      <Field
        label={t('code')}
        inputMode="numeric"
        autoComplete="one-time-code"
        error={error}
        value={code}
        onChange={(event) => setCode(event.target.value)}
      />
      <Button type="submit" tone="primary" pending={pending}>
        {t('confirm')}
      </Button>
    </form>
  );
}

function RecoveryCodes({ codes, onKept }: { codes: readonly string[]; onKept: () => void }) {
  const t = useTranslations('accounts');
  return (
    <>
      <h3 className="font-semibold">{t('recoveryTitle')}</h3>
      <p className="mb-2">{t('recoveryLead')}</p>
      <ul aria-label={t('recoveryTitle')} className="mb-3 grid grid-cols-2 gap-x-4 gap-y-1">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <Button tone="primary" onClick={onKept}>
        {t('recoveryDone')}
      </Button>
    </>
  );
}
