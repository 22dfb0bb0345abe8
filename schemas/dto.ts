// What lib/data hands to pages: plain values only, nothing of the driver. One type per thing shown;
// a field that a role may not see is absent from its type, not blank in it.
import type { SearchKind } from './search';

/** A decrypted value, or the fact that its data key was destroyed and nobody can read it any more. */
export type Sensitive<T> = { state: 'clear'; value: T } | { state: 'erased' };

export interface Contact {
  phone: string;
  /** Empty when not recorded. */
  email: string;
  /** Empty when not recorded. */
  address: string;
  /** `YYYY-MM-DD`. */
  dateOfBirth: string;
}

/** One hit of a search, the same for both roles. */
export interface PatientSummary {
  id: string;
  name: string;
  dateOfBirth: string;
  phone: string;
  /** Four digits; null until a doctor completed the registration. */
  last4ssn: string | null;
  insuranceProvider: string;
  complete: boolean;
}

export interface SearchResults {
  /** How the text was understood. */
  kind: SearchKind;
  total: number;
  /** Counted from 1. */
  page: number;
  pageSize: number;
  patients: PatientSummary[];
}

export interface Visit {
  id: string;
  measuredAt: Date;
  weightKg?: number;
  /** Beats per minute. */
  heartRate?: number;
  /** mm[Hg]; comes with `diastolic`. */
  systolic?: number;
  diastolic?: number;
  temperatureC?: number;
  /** Breaths per minute. */
  respiratoryRate?: number;
  /** Percent. */
  oxygenSaturation?: number;
  note?: string;
  doctor: { id: string; name: string };
}

/** The whole record, for doctors. */
export interface PatientRecord {
  id: string;
  name: string;
  contact: Contact;
  /** Nine digits; null until the registration is complete. */
  ssn: string | null;
  last4ssn: string | null;
  bloodType: Sensitive<string> | null;
  insurance: { provider: string; policyNumber: string | null };
  /** Newest first. */
  visits: Sensitive<Visit[]>;
  revision: number;
  complete: boolean;
}

/** What the front desk sees of a patient. */
export interface PatientCard {
  id: string;
  name: string;
  contact: Contact;
  insuranceProvider: string;
  complete: boolean;
}

/** The answer of an identity check; it never says which item was wrong. */
export type IdentityVerdict = 'match' | 'no-match' | 'locked';
