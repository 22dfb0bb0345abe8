// Every kind of page that the clinic has, and who sees it: what the budget of the first load and the bench go through.
import { STAFF, type StaffName } from './people';

export interface ClinicPage {
  name: string;
  /** Null: nobody is signed in. */
  who: StaffName | null;
  path: (patientId: string) => string;
}

export const CLINIC_PAGES: readonly ClinicPage[] = [
  { name: 'sign-in', who: null, path: () => '/sign-in' },
  { name: 'search (doctor)', who: STAFF.doctor, path: () => '/patients' },
  { name: 'chart', who: STAFF.doctor, path: (id) => `/patients/${id}` },
  { name: 'access history', who: STAFF.doctor, path: (id) => `/patients/${id}/access` },
  { name: 'registration (doctor)', who: STAFF.doctor, path: () => '/patients/new' },
  { name: 'search (front desk)', who: STAFF.receptionist, path: () => '/desk' },
  { name: 'identity check', who: STAFF.receptionist, path: (id) => `/desk/${id}` },
  { name: 'registration (front desk)', who: STAFF.receptionist, path: () => '/desk/new' },
  { name: 'data keys', who: STAFF.officer, path: () => '/keys' },
  { name: 'audit log', who: STAFF.officer, path: () => '/audit' },
  { name: 'emergency review', who: STAFF.officer, path: () => '/emergency' },
  { name: 'accounts', who: STAFF.officer, path: () => '/accounts' },
  { name: 'own account', who: STAFF.doctor, path: () => '/account' },
];
