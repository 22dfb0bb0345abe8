// What the officer's key console receives.
import type { KeyInventory } from '@/lib/keys/inventory';
import type { OperationRecord } from '@/lib/keys/operations';
import type { RequestState } from '@/lib/keys/requests';
import type { KeyRequest } from './key-request';

/** The person whose erasure is asked for: enough to recognise, nothing that is encrypted. */
export interface ErasureSubject {
  name: string;
  /** `YYYY-MM-DD`. */
  dateOfBirth: string;
  erased: boolean;
}

export interface KeyRequestView {
  id: string;
  request: KeyRequest;
  requestedBy: string;
  requestedAt: Date;
  expiresAt: Date;
  state: RequestState;
  decidedBy: string | null;
  decidedAt: Date | null;
  /** Whether the reader has asked for it: they may withdraw, and not approve. */
  own: boolean;
  /** Whether this server process works on it. */
  underWay: boolean;
  /** Of an open erasure. */
  subject: ErasureSubject | null;
  messages: readonly string[];
}

export interface KeyConsole {
  inventory: KeyInventory;
  /** Newest first. */
  requests: KeyRequestView[];
  /** Newest first. */
  finished: OperationRecord[];
  /** Names of the KMS providers that are configured. */
  providers: readonly string[];
}
