// What the proof's processes say to one another over IPC.
import type { Staff } from '@/lib/auth/permissions';
import type { Contact } from '@/schemas/dto';
import type { CustomerMasterKey } from '../kms';
import type { PhaseProgress } from '../operations';
import type { Entry } from './ledger';

/** A patient that a writer knows all about. */
export interface KnownPatient {
  id: string;
  name: string;
  ssn: string;
  bloodType: string;
  contact: Contact;
  insurance: { provider: string; policyNumber: string };
}

export interface Shift {
  doctor: Staff;
  receptionist: Staff;
  base: readonly KnownPatient[];
  /** Of all loops in all processes; each owns every `loops`th patient of the base. */
  loops: number;
  /** The numbers of this process's loops; each is the block of the patients that the loop makes as well. */
  mine: readonly number[];
  seed: number;
  startedAt: number;
}

export type ToWriter =
  | { say: 'begin'; shift: Shift }
  | { say: 'pause' }
  | { say: 'continue' }
  /** Each loop's next actions are those that a change of the key policy could go wrong with. */
  | { say: 'rush' }
  /** From now on writes to this patient may be refused as `ERASED`, and its data may be gone. */
  | { say: 'erasing'; id: string }
  /** Refusals that are right from now on, by their code. */
  | { say: 'allow'; codes: readonly string[] };

export type FromWriter =
  | { say: 'ready' }
  | { say: 'entry'; entry: Entry }
  /** Nothing is in flight; `reads` were made since the last pause, each compared. */
  | { say: 'paused'; reads: number };

/** One run of one key operation. */
export type Order =
  | { run: 'rotate' | 'rewrap' | 're-encrypt'; to: CustomerMasterKey }
  | { run: 'retire' }
  | { run: 'erase'; patientId: string };

export interface OperationOrder {
  order: Order;
  backupDir: string;
  /** Settings that differ from those the process was started with. */
  settings: Record<string, string>;
}

export type FromOperation =
  | { say: 'ready' }
  | { say: 'progress'; progress: PhaseProgress }
  | { say: 'finished'; operationId: string }
  | { say: 'failed'; name: string; code: string; message: string };
