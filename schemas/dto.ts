// What lib/data hands to pages: plain values only, nothing of the driver. One type per thing shown;
// a field that a role may not see is absent from its type, not blank in it.
import type { AlertKind } from './alert';
import type { SearchKind } from './search';

/** A decrypted value, or the fact that its data key was destroyed and nobody can read it any more. */
export type Sensitive<T> = { state: 'clear'; value: T } | { state: 'erased' };

/** https://hl7.org/fhir/R4/valueset-administrative-gender.html */
export type AdministrativeGender = 'female' | 'male' | 'other' | 'unknown';

/** Somebody who may be the same person. */
export interface SimilarPatient {
  id: string;
  name: string;
}

export interface Contact {
  phone: string;
  /** Empty when not recorded. */
  email: string;
  /** Empty when not recorded. */
  address: string;
  /** `YYYY-MM-DD`. */
  dateOfBirth: string;
  /** FHIR's administrative gender; absent in records from before it was asked. */
  gender?: AdministrativeGender;
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
  /** False until a doctor completed the registration; true for an erased record, which nobody completes. */
  complete: boolean;
  /** The record was erased; name and contact data remain. */
  erased: boolean;
  /** Only for a doctor who could open it under emergency access only. */
  outsideCareTeam?: true;
}

export interface SearchResults {
  /** How the text was understood. */
  kind: SearchKind;
  /** The day or year of birth that was understood, as `1984-03-09` or `1984`; null if none was typed. */
  born: string | null;
  /** How many there are; `moreThan` says that counting stopped there. Null after the first page. */
  count: { total: number; moreThan: boolean } | null;
  /** What to send as `after` for the next page; null on the last one. */
  next: string | null;
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
  /** The visit that this one corrects. */
  corrects?: string;
  /** FHIR's status of that name: the values were wrong and count nowhere; they stay in the history. */
  enteredInError?: { at: Date; by: { id: string; name: string }; reason: string };
}

/** An allergy or a warning, shown on every page of the chart while it is in force. */
export interface Alert {
  id: string;
  kind: AlertKind;
  /** Empty for `no-known-allergies`. */
  text: string;
  added: { at: Date; by: { id: string; name: string } };
  /** No longer in force; it stays in the list of what was. */
  ended?: { at: Date; by: { id: string; name: string }; reason: string };
}

/** The record, for doctors. SSN and policy number are not in it: each is revealed by itself. */
export interface PatientRecord {
  id: string;
  name: string;
  contact: Contact;
  /** Null until the registration is complete, and after an erasure. */
  last4ssn: string | null;
  bloodType: Sensitive<string> | null;
  /** In the order in which they were added; null: never asked about. */
  alerts: Sensitive<Alert[]> | null;
  insurance: { provider: string; hasPolicyNumber: boolean };
  /** Newest first. */
  visits: Sensitive<Visit[]>;
  revision: number;
  /** As in PatientSummary. */
  complete: boolean;
  /** Blood type, alerts and visits are `erased`. Numbers are gone, unless only the data key was destroyed, without an erasure. */
  erased: boolean;
}

/** What the front desk sees of a patient. */
export interface PatientCard {
  id: string;
  name: string;
  contact: Contact;
  insuranceProvider: string;
  /** As in PatientSummary. */
  complete: boolean;
  erased: boolean;
}

/** The answer of an identity check; it never says which item was wrong. */
export type IdentityVerdict = 'match' | 'no-match' | 'locked';
