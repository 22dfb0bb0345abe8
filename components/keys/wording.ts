// Under which keys of the catalogue operations, phases and requests have their names. Pure.
import type { Messages } from '@/lib/i18n/messages';
import type { KeyRequest } from '@/schemas/key-request';

type Keys = Messages['keys'];
type OperationKey = `operation.${keyof Keys['operation']}`;
type PhaseKey = `phase.${keyof Keys['phase']}`;

const OPERATIONS = ['rotate', 'migrate', 'retire', 'erase'] as const;

/** A journal of another version may know more operations than these. */
export function operationKey(kind: string): OperationKey | undefined {
  const known = OPERATIONS.find((name) => name === kind);
  return known === undefined ? undefined : `operation.${known}`;
}

const PHASES = [
  ...['preflight', 'backup', 'policy', 'announce', 'switch', 'convert', 'sweep', 'withdraw'],
  ...['wait', 'last-sweep', 'verify', 'delete', 'rewrap', 'rewrap-rest', 'check', 'tombstone'],
  ...['destroy', 'clear', 'done'],
] as const;

/** A journal of another version may know more phases than these. */
export function phaseKey(phase: string): PhaseKey | undefined {
  const known = PHASES.find((name) => name === phase);
  return known === undefined ? undefined : `phase.${known}`;
}

/** What a request asks for, as a person says it; a migration's text takes `to`. */
export function requestKey(request: KeyRequest) {
  if (request.kind !== 'migrate') return `requests.${request.kind}` as const;
  return request.how === 'rewrap' ? 'requests.migrateRewrap' : 'requests.migrateReencrypt';
}
