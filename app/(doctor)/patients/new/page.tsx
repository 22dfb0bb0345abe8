// Doctors register a patient.
import type { Metadata } from 'next';
import { ssnProfile } from '@/app/ssn-profile';
import { RegisterPatient } from '@/components/registration/register-patient';
import { PageHeading } from '@/components/shell/page-heading';
import { registerPatientAction } from '../actions';

export const metadata: Metadata = { title: 'Register a patient' };

export default function RegisterPatientPage() {
  return (
    <>
      <PageHeading title="Register a patient" />
      <RegisterPatient profile={ssnProfile()} register={registerPatientAction} />
    </>
  );
}
