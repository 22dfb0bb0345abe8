// What the log holds in place of what would identify someone: the same input gives the same word, and only who has the
// audit key can make it (C-33, C-35).
import 'server-only';
import { auditHmac } from './audit-keys';

/** 32 hex digits for a patient's record number. */
export function patientPseudonym(patientId: string): string {
  return auditHmac('patient', patientId).subarray(0, 16).toString('hex');
}

/** What was searched for: `kind` as the search names it, `digest` in hex. */
export interface SearchedDigest {
  kind: string;
  digest: string;
}

/** Numbers are compared by their digits alone, so that `900-01-0012` and `900010012` are one. */
export function searchedDigest(kind: string, text: string): SearchedDigest {
  const digits = text.replace(/\D/g, '');
  return { kind, digest: auditHmac('searched', `${kind}:${digits}`).toString('hex') };
}
