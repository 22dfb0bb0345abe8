'use client';
// The front desk's view of a patient. A screen in public: contact data comes only after a match or
// when asked for, and nothing medical, no SSN and no policy number ever reaches this page.
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import type { ActionResult } from '@/components/form/action-result';
import { leaveIfSignedOut, UNREACHABLE } from '@/components/form/action-result';
import { useMessage } from '@/components/form/use-message';
import { ContactPanel } from '@/components/registration/contact-panel';
import { ErasedNotice } from '@/components/record/erased-notice';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { NotRecorded } from '@/components/ui/not-recorded';
import { Fact, Panel } from '@/components/ui/panel';
import type { Contact, IdentityVerdict } from '@/schemas/dto';
import type { IdentityClaimsInput } from '@/schemas/identity';
import type { ContactUpdateInput } from '@/schemas/patient';
import { VerifyIdentity } from './verify-identity';

interface DeskPatientProps {
  name: string;
  insuranceProvider: string;
  complete: boolean;
  erased: boolean;
  verify: (claims: IdentityClaimsInput) => Promise<ActionResult<IdentityVerdict>>;
  readContact: () => Promise<ActionResult<Contact>>;
  updateContact: (input: ContactUpdateInput) => Promise<ActionResult>;
}

export function DeskPatient({
  name,
  insuranceProvider,
  complete,
  erased,
  verify,
  readContact,
  updateContact,
}: DeskPatientProps) {
  const t = useTranslations('desk');
  const tContact = useTranslations('contact');
  const tRegistration = useTranslations('registration');
  const say = useMessage();
  const [contact, setContact] = useState<Contact>();
  const [failure, setFailure] = useState('');

  const showContact = async (): Promise<void> => {
    setFailure('');
    const answer = await readContact().catch(() => UNREACHABLE);
    leaveIfSignedOut(answer);
    if (answer.ok) setContact(answer.value);
    else setFailure(answer.message);
  };

  const update = async (input: ContactUpdateInput): Promise<ActionResult> => {
    const answer = await updateContact(input);
    if (answer.ok) await showContact();
    return answer;
  };

  return (
    <div className="grid items-start gap-3 lg:grid-cols-[minmax(0,1fr)_21rem]">
      {erased ? (
        <ErasedNotice />
      ) : complete ? (
        <VerifyIdentity verify={verify} onMatch={() => void showContact()} />
      ) : (
        <Notice tone="caution" title={t('incomplete')}>
          <p>{t('incompleteText')}</p>
        </Notice>
      )}
      <div className="grid gap-3">
        {contact === undefined ? (
          <Panel title={tContact('title')}>
            <p className="text-soft mb-3">
              {t('hidden')}
              {!erased && ` ${t('opens')}`}
            </p>
            <Button onClick={() => void showContact()}>{t('showContact')}</Button>
            <p role="alert" className="text-danger mt-2 text-sm empty:hidden">
              {say(failure)}
            </p>
          </Panel>
        ) : (
          <ContactPanel name={name} contact={contact} update={erased ? null : update} />
        )}
        <Panel title={tRegistration('insurance')}>
          <dl>
            <Fact label={tRegistration('provider')}>{insuranceProvider || <NotRecorded />}</Fact>
          </dl>
        </Panel>
      </div>
    </div>
  );
}
