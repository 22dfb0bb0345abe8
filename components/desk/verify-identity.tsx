'use client';
// Guided identity verification at the front desk. The patient states, the receptionist types; the
// answer is match, no match or locked, never which item was wrong, and the page holds no stored value.
import { useRef, useState, type ReactNode } from 'react';
import { zodResolver } from '@hookform/resolvers/zod';
import { useForm } from 'react-hook-form';
import type { ActionResult } from '@/components/form/action-result';
import { Field } from '@/components/form/field';
import { messageAt } from '@/components/form/field-errors';
import { Form, FormFailure } from '@/components/form/form';
import { useServerSubmit } from '@/components/form/server-submit';
import { Button } from '@/components/ui/button';
import { Live, Notice, type NoticeTone } from '@/components/ui/notice';
import { Panel } from '@/components/ui/panel';
import { identityClaimsSchema, type IdentityClaimsInput } from '@/schemas/identity';
import type { IdentityVerdict } from '@/schemas/dto';

const OUTCOMES: Record<IdentityVerdict, { tone: NoticeTone; title: string; text: string }> = {
  match: {
    tone: 'good',
    title: 'Match',
    text: 'Everything that was stated agrees with the record.',
  },
  'no-match': {
    tone: 'danger',
    title: 'No match',
    text: 'At least one item does not agree. Ask again from the start; do not hint at which.',
  },
  locked: {
    tone: 'caution',
    title: 'Locked',
    text: 'Too many attempts. Wait 15 minutes, or verify an identity document instead.',
  },
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

  return (
    <Panel title="Verify identity">
      <p className="mb-3 max-w-prose">
        Ask the patient to <strong>state</strong> at least two of the contact items and the last
        four digits of their Social Security number. Do not read anything out.
      </p>
      <Form
        label="Verify identity"
        onSubmit={() => {
          setOutcome(undefined);
          submit();
        }}
      >
        <ol className="space-y-4">
          <Step number={1} title="At least two contact items, as stated">
            <div className="grid gap-x-4 gap-y-3 sm:grid-cols-2">
              <Field
                label="Date of birth"
                type="date"
                ref={(element) => {
                  bindFirst(element);
                  first.current = element;
                }}
                {...dateOfBirth}
              />
              <Field label="Phone" type="tel" inputMode="tel" {...bind('phone')} />
              <Field label="Email" inputMode="email" {...bind('email')} />
              <Field label="Address" {...bind('address')} />
            </div>
          </Step>
          <Step number={2} title="Last four digits of the Social Security number">
            <Field
              label="Last four digits"
              inputMode="numeric"
              autoComplete="off"
              maxLength={4}
              className="[&_input]:hidden-digits [&_input]:max-w-32"
              hint="Four digits are weak proof on their own, so they are never asked alone."
              {...bind('last4')}
            />
          </Step>
        </ol>
        <div className="mt-4 flex gap-2">
          <Button type="submit" tone="primary" pending={pending}>
            Check
          </Button>
          <Button
            onClick={() => {
              form.reset(EMPTY);
              setOutcome(undefined);
              first.current?.focus();
            }}
          >
            Clear
          </Button>
        </div>
        <FormFailure message={failure} />
        <Live>{outcome !== undefined && <Outcome outcome={outcome} />}</Live>
      </Form>
    </Panel>
  );
}

function Outcome({ outcome }: { outcome: IdentityVerdict }) {
  const { tone, title, text } = OUTCOMES[outcome];
  return (
    <Notice tone={tone} title={title} className="mt-4">
      <p>{text}</p>
    </Notice>
  );
}

function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  return (
    <li className="grid grid-cols-[1.5rem_minmax(0,1fr)] gap-x-2">
      <span
        aria-hidden
        className="bg-accent-wash text-accent flex size-5 items-center justify-center rounded-full text-xs font-semibold"
      >
        {number}
      </span>
      <div>
        <h3 className="mb-2 text-sm font-semibold">{title}</h3>
        {children}
      </div>
    </li>
  );
}
