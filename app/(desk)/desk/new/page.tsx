// The front desk registers a patient's contact data.
import type { Metadata } from 'next';
import { RegisterContact } from '@/components/registration/register-contact';
import { PageHeading } from '@/components/shell/page-heading';
import { registerContactAction } from '../actions';

export const metadata: Metadata = { title: 'Register a patient' };

export default function RegisterContactPage() {
  return (
    <>
      <PageHeading
        title="Register a patient"
        lead="A doctor adds the Social Security number, blood type and policy number later."
      />
      <RegisterContact register={registerContactAction} />
    </>
  );
}
