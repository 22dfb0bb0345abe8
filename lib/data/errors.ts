// The data layer's one error. `message` is for logs, `userMessage` names the sentence for people; neither holds a value of
// a patient. Knows no language: app/guard.ts says it in the person's.

import type { KmsOutage } from '@/lib/keys/kms-health';
import { message } from '@/schemas/message';

export type DataErrorCode =
  | 'NOT_FOUND'
  | 'FORBIDDEN'
  | 'INVALID'
  | 'CONFLICT'
  | 'DUPLICATE_SSN'
  | 'ERASED'
  /** A doctor who is not in the patient's care team, without emergency access. */
  | 'OUTSIDE_CARE_TEAM'
  | 'UNAVAILABLE'
  /** The record is not as its last honest write left it (C-40). `fields` names what is not. */
  | 'TAMPERED'
  /** Too often in a short time. */
  | 'THROTTLED'
  /** The key service does not answer, and what is cached is not enough. `userMessage` names it, and since when. */
  | 'KEYS_UNAVAILABLE';

const USER_MESSAGES: Record<DataErrorCode, string> = {
  NOT_FOUND: message('errors.notFound'),
  FORBIDDEN: message('errors.forbidden'),
  INVALID: message('errors.invalid'),
  CONFLICT: message('errors.conflict'),
  DUPLICATE_SSN: message('errors.duplicateSsn'),
  ERASED: message('errors.erased'),
  OUTSIDE_CARE_TEAM: message('errors.outsideCareTeam'),
  UNAVAILABLE: message('errors.unavailable'),
  TAMPERED: message('errors.tampered'),
  THROTTLED: message('errors.throttled'),
  KEYS_UNAVAILABLE: message('errors.keysUnavailable'),
};

interface DataErrorOptions {
  message?: string;
  userMessage?: string;
  field?: string;
  fields?: readonly string[];
  cause?: unknown;
}

/** Thrown by every function of lib/data when it refuses or cannot answer. */
export class DataError extends Error {
  override readonly name = 'DataError';
  readonly code: DataErrorCode;
  /** What may be shown, as `message` of schemas/message.ts makes it. */
  readonly userMessage: string;
  /** The form field that it is about (`ssn`, `insurance.policyNumber`), if one. */
  readonly field: string | undefined;
  /** Names of fields of the record, for the audit log. */
  readonly fields: readonly string[] | undefined;

  constructor(code: DataErrorCode, options: DataErrorOptions = {}) {
    super(options.message ?? code, { cause: options.cause });
    this.code = code;
    this.userMessage = options.userMessage ?? USER_MESSAGES[code];
    this.field = options.field;
    this.fields = options.fields;
  }
}

const KEY_SERVICES: Readonly<Record<string, string>> = {
  aws: 'AWS KMS',
  azure: 'Azure Key Vault',
  gcp: 'Google Cloud KMS',
  kmip: 'KMIP',
};

/** What people are told of an outage: which key service, since when, and that nothing was saved. */
export function keysUnavailable(outage: KmsOutage, now = new Date()): DataError {
  const { provider, since, refused } = outage;
  const [day = '', time = ''] = since.toISOString().split('T');
  const when = now.toISOString().startsWith(day) ? '' : `${day} `;
  return new DataError('KEYS_UNAVAILABLE', {
    userMessage: message('errors.keyService', {
      service: KEY_SERVICES[provider] ?? provider,
      how: refused ? 'refused' : 'silent',
      since: `${when}${time.slice(0, 5)}`,
    }),
    cause: outage,
  });
}
