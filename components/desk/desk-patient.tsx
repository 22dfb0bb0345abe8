'use client';
// The front desk's view of a patient. A screen in public: contact data comes only after a match or
// when asked for, and nothing medical, no SSN and no policy number ever reaches this page.
import { useState } from 'react';
import type { ActionResult } from '@/components/form/action-result';
import { leaveIfSignedOut, UNREACHABLE } from '@/components/form/action-result';
import { ContactPanel } from '@/components/registration/contact-panel';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { Fact, NotRecorded, Panel } from '@/components/ui/panel';
import type { Contact, IdentityVerdict } from '@/schemas/dto';
import type { IdentityClaimsInput } from '@/schemas/identity';
import type { ContactUpdateInput } from '@/schemas/patient';
import { VerifyIdentity } from './verify-identity';

interface DeskPatientProps {
  name: string;
  insuranceProvider: string;
  complete: boolean;
  verify: (claims: IdentityClaimsInput) => Promise<ActionResult<IdentityVerdict>>;
  readContact: () => Promise<ActionResult<Contact>>;
  updateContact: (input: ContactUpdateInput) => Promise<ActionResult>;
}

export function DeskPatient({
  name,
  insuranceProvider,
  complete,
  verify,
  readContact,
  updateContact,
}: DeskPatientProps) {
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
      {complete ? (
        <VerifyIdentity verify={verify} onMatch={() => void showContact()} />
      ) : (
        <Notice tone="caution" title="Registration is not complete">
          <p>
            A doctor still has to add the Social Security number. Until then an identity cannot be
            verified here.
          </p>
        </Notice>
      )}
      <div className="grid gap-3">
        {contact === undefined ? (
          <Panel title="Contact">
            <p className="text-soft mb-3">
              Hidden, because this screen may be seen by others. It opens after a match.
            </p>
            <Button onClick={() => void showContact()}>Show contact</Button>
            <p role="alert" className="text-danger mt-2 text-sm empty:hidden">
              {failure}
            </p>
          </Panel>
        ) : (
          <ContactPanel name={name} contact={contact} update={update} />
        )}
        <Panel title="Insurance">
          <dl>
            <Fact label="Provider">{insuranceProvider || <NotRecorded />}</Fact>
          </dl>
        </Panel>
      </div>
    </div>
  );
}
