// The proof's own model of the clinic: what each record must hold, from the acknowledgements of those who wrote it.
// Knows nothing of keys and never reads the database.
import type { Alert, Contact, Visit } from '@/schemas/dto';

/** A write that was acknowledged, or something that was seen and must not be. */
export type Entry =
  | {
      kind: 'registered';
      id: string;
      patient: Omit<ExpectedPatient, 'visits' | 'alerts' | 'erased'>;
    }
  | {
      kind: 'completed';
      id: string;
      fields: Pick<ExpectedPatient, 'ssn' | 'bloodType' | 'insurance'>;
    }
  | { kind: 'visit'; id: string; visit: Visit }
  | { kind: 'alert'; id: string; alert: Alert }
  | { kind: 'insurance'; id: string; insurance: ExpectedPatient['insurance'] }
  | { kind: 'contact'; id: string; contact: Contact }
  /** A number that is another patient's was refused, as it must be. */
  | { kind: 'duplicate'; ssn: string }
  /** A write to a record under erasure was refused, as it must be. */
  | { kind: 'erased'; id: string }
  /** Refused for a reason that the proof has allowed for a while, by its code. */
  | { kind: 'refused'; code: string }
  | { kind: 'violation'; what: string };

export interface ExpectedPatient {
  name: string;
  contact: Contact;
  /** Nine digits; null until the registration is complete, and after an erasure. */
  ssn: string | null;
  bloodType: string | null;
  insurance: { provider: string; policyNumber: string | null };
  /** By the id of the visit. */
  visits: Map<string, Visit>;
  alerts: Map<string, Alert>;
  /** `begun`: it may be there as before, or be erased, but nothing in between. */
  erased: 'no' | 'begun' | 'yes';
}

/** The first ones tell what happened. */
const MOST_VIOLATIONS = 20;

/** Everything that was acknowledged so far. */
export class Ledger {
  readonly patients = new Map<string, ExpectedPatient>();
  #violations: string[] = [];
  readonly counts: Record<Entry['kind'], number> = {
    ...{ registered: 0, completed: 0, visit: 0, alert: 0, insurance: 0, contact: 0 },
    ...{ duplicate: 0, erased: 0, refused: 0, violation: 0 },
  };
  /** Numbers that are or were somebody's. */
  readonly #given = new Set<string>();
  readonly #duplicates: string[] = [];

  /** How much was told so far. */
  get entries(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  add(entry: Entry): void {
    this.counts[entry.kind] += 1;
    switch (entry.kind) {
      case 'registered':
        this.#give(entry.patient.ssn);
        this.patients.set(entry.id, {
          ...entry.patient,
          visits: new Map(),
          alerts: new Map(),
          erased: 'no',
        });
        break;
      case 'completed':
        this.#give(entry.fields.ssn);
        Object.assign(this.patient(entry.id), entry.fields);
        break;
      case 'visit':
        this.patient(entry.id).visits.set(entry.visit.id, entry.visit);
        break;
      case 'alert':
        this.patient(entry.id).alerts.set(entry.alert.id, entry.alert);
        break;
      case 'insurance':
        this.patient(entry.id).insurance = entry.insurance;
        break;
      case 'contact':
        this.patient(entry.id).contact = entry.contact;
        break;
      case 'duplicate':
        this.#duplicates.push(entry.ssn);
        break;
      case 'violation':
        if (this.#violations.length < MOST_VIOLATIONS) this.#violations.push(entry.what);
        break;
      case 'erased':
      case 'refused':
    }
  }

  /** What was seen and must not be since the last call: one that judges, so that each is reported once. */
  takeViolations(): string[] {
    const taken = this.#violations;
    this.#violations = [];
    return taken;
  }

  patient(id: string): ExpectedPatient {
    const patient = this.patients.get(id);
    if (patient === undefined) throw new Error(`Expected a patient of the ledger, got ${id}`);
    return patient;
  }

  beginErasure(id: string): void {
    this.patient(id).erased = 'begun';
  }

  /** From now on nothing of it may be readable but name, contact and the insurance company. */
  erase(id: string): void {
    this.patient(id).erased = 'yes';
  }

  /** Numbers that were refused as taken although nobody was ever given them. */
  refusedWithoutHolder(): string[] {
    return this.#duplicates.filter((ssn) => !this.#given.has(ssn));
  }

  #give(ssn: string | null): void {
    if (ssn === null) return;
    if (this.#given.has(ssn)) this.#violations.push('One number was given to two patients');
    this.#given.add(ssn);
  }
}
