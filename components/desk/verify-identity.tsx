'use client';
// Guided identity verification at the front desk. The patient states, the receptionist types; the
// answer is match, no match or locked, never which item was wrong, and the page holds no stored value.
import { useRef, useState, type ReactNode } from 'react';
import { zodResolver } from '@hookform/resolvers/zod';
import { Check } from 'lucide-react';
import { useForm, useWatch } from 'react-hook-form';
import { useTranslations } from 'use-intl';
import type { ActionResult } from '@/components/form/action-result';
import { Field } from '@/components/form/field';
import { messageAt } from '@/components/form/field-errors';
import { Form, FormFailure } from '@/components/form/form';
import { useServerSubmit } from '@/components/form/server-submit';
import { Button } from '@/components/ui/button';
import { Live, Notice, type NoticeTone } from '@/components/ui/notice';
import { Panel } from '@/components/ui/panel';
import {
  CONTACT_CLAIMS,
  identityClaimsSchema,
  REQUIRED_CLAIMS,
  type IdentityClaimsInput,
} from '@/schemas/identity';
import type { IdentityVerdict } from '@/schemas/dto';

const TONES: Record<IdentityVerdict, NoticeTone> = {
  match: 'good',
  'no-match': 'danger',
  locked: 'caution',
};

const EMPTY: IdentityClaimsInput = {
  dateOfBirth: '',
  phone: '',
  email: '',
  address: '',
  last4: '',
};

interface VerifyIdentityProps {
  verify: (claims: IdentityClaimsInput) => Promise<ActionResult<IdentityVerdict>>;
  onMatch: () => void;
}

export function VerifyIdentity({ verify, onMatch }: VerifyIdentityProps) {
  const t = useTranslations('desk');
  const tContact = useTranslations('contact');
  const form = useForm({ resolver: zodResolver(identityClaimsSchema), defaultValues: EMPTY });
  const [outcome, setOutcome] = useState<IdentityVerdict>();
  const first = useRef<HTMLInputElement>(null);
  const { submit, failure, pending } = useServerSubmit(form, verify, (answer) => {
    setOutcome(answer);
    // Whatever the answer, the digits do not stay on the screen.
    if (answer === 'match') {
      form.reset(EMPTY);
      onMatch();
    } else form.resetField('last4');
  });
  const { errors } = form.formState;
  const bind = (name: keyof IdentityClaimsInput) => ({
    ...form.register(name),
    error: messageAt(errors, name),
  });
  const { ref: bindFirst, ...dateOfBirth } = bind('dateOfBirth');
  const typed = useWatch({ control: form.control });
  const stated = CONTACT_CLAIMS.filter((name) => (typed[name] ?? '').trim() !== '').length;
  const missing = Math.max(0, REQUIRED_CLAIMS - stated);

  return (
    <Panel title={t('verify')}>
      <p className="mb-3 max-w-prose">
        {t.rich('ask', { strong: (chunks) => <strong>{chunks}</strong> })}
      </p>
      <Form
        label={t('verify')}
        onSubmit={() => {
          setOutcome(undefined);
          submit();
        }}
      >
        <ol className="space-y-4">
          <Step
            number={1}
            title={t('stepContact')}
            state={t('stepContactState', { missing })}
            done={missing === 0}
          >
            <div className="grid gap-x-4 gap-y-3 sm:grid-cols-2">
              <Field
                label={tContact('dateOfBirth')}
                type="date"
                ref={(element) => {
                  bindFirst(element);
                  first.current = element;
                }}
                {...dateOfBirth}
              />
              <Field label={tContact('phone')} type="tel" inputMode="tel" {...bind('phone')} />
              <Field label={tContact('email')} inputMode="email" {...bind('email')} />
              <Field label={tContact('address')} {...bind('address')} />
            </div>
          </Step>
          <Step number={2} title={t('stepLast4')} done={/^\d{4}$/.test(typed.last4 ?? '')}>
            <Field
              label={t('last4')}
              inputMode="numeric"
              autoComplete="off"
              maxLength={4}
              className="[&_input]:hidden-digits [&_input]:max-w-32"
              hint={t('last4Hint')}
              {...bind('last4')}
            />
          </Step>
        </ol>
        <div className="mt-4 flex gap-2">
          <Button type="submit" tone="primary" pending={pending}>
            {t('check')}
          </Button>
          <Button
            onClick={() => {
              form.reset(EMPTY);
              setOutcome(undefined);
              first.current?.focus();
            }}
          >
            {t('clear')}
          </Button>
        </div>
        <FormFailure message={failure} />
        <Live>{outcome !== undefined && <Outcome outcome={outcome} />}</Live>
      </Form>
    </Panel>
  );
}

function Outcome({ outcome }: { outcome: IdentityVerdict }) {
  const t = useTranslations('desk');
  return (
    <Notice tone={TONES[outcome]} title={t(`outcome.${outcome}`)} className="mt-4">
      <p>{t(`outcomeText.${outcome}`)}</p>
    </Notice>
  );
}

interface StepProps {
  number: number;
  title: string;
  /** What is still to be asked. */
  state?: string;
  /** Enough was typed; whether it is right only the check says. */
  done: boolean;
  children: ReactNode;
}

function Step({ number, title, state, done, children }: StepProps) {
  return (
    <li className="grid grid-cols-[1.5rem_minmax(0,1fr)] gap-x-2">
      <span
        aria-hidden
        className="bg-accent-wash text-accent flex size-5 items-center justify-center rounded-full text-xs font-semibold"
      >
        {done ? <Check className="size-3.5" strokeWidth={3} /> : number}
      </span>
      <div>
        <h3 className="mb-2 text-sm font-semibold">
          {title}
          {state !== undefined && (
            <span role="status" className="text-soft block font-normal sm:ml-2 sm:inline">
              {state}
            </span>
          )}
        </h3>
        {children}
      </div>
    </li>
  );
}
