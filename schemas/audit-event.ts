// What the audit log calls the things that people do, and how they end.

export const AUDIT_ACTIONS = [
  'start-audit-log',
  'replace-audit-head',
  'sign-in',
  'sign-out',
  'search',
  'read-record',
  'read-card',
  'reveal-ssn',
  'register-patient',
  'register-contact',
  'complete-registration',
  'update-contact',
  'update-insurance',
  'add-visit',
  'verify-identity',
  'rotate-keys',
  'migrate-keys',
  'retire-key',
  'erase-patient',
  'create-key',
  'change-alias',
  'backup-keys',
  'restore-keys',
  'read-keys',
  'request-key-operation',
  'approve-key-operation',
  'refuse-key-operation',
  'reveal-policy-number',
  'correct-visit',
  'save-draft',
  'discard-draft',
  'read-draft',
  'update-alerts',
  'export-visits',
  'print-record',
  'print-card',
  'check-duplicate',
  'read-care-team',
  'update-care-team',
  'begin-emergency-access',
  'end-emergency-access',
  'read-emergency-access',
  'review-emergency-access',
  'read-audit',
  'export-audit',
  'read-access-history',
  'read-accounts',
  'create-account',
  'disable-account',
  'enable-account',
  'change-role',
  'reset-password',
  'change-password',
  'enrol-second-factor',
  'reset-second-factor',
  'end-session',
  'seal-records',
] as const;

/**
 * `start-audit-log`: the first event of a log. `replace-audit-head`: its signed head was gone and was made anew.
 * `seal-records`: from here on every record with sensitive values carries their digests (C-40).
 */
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export const AUDIT_OUTCOMES = [
  'ok',
  'denied',
  'not-found',
  'conflict',
  'match',
  'no-match',
  'locked',
  'invalid',
  'throttled',
  'unavailable',
  'tampered',
  'begun',
  'failed',
] as const;

/**
 * `unavailable`: the key service did not help, nothing was read or written. `tampered`: the record is not as the clinic
 * left it, so nothing was read or written. `begun`: a key operation; it ends with `ok` or
 * `failed`, or goes on later under the same operation id.
 */
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];
