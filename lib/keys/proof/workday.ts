// What the doctors and the desk of the proof do all day: loops of random actions through lib/data. Each loop knows what
// it wrote and compares what it reads; several loops write visits to the same patients and fight for the same numbers.
import { setTimeout as delay } from 'node:timers/promises';
import { createRandom, type Random } from '@/cli/seed/random';
import {
  addAlert,
  addMeasurement,
  completeRegistration,
  DataError,
  registerContact,
  registerPatient,
  revealSsn,
  searchPatients,
  updateContact,
  updateInsurance,
} from '@/lib/data';
import type { Entry } from './ledger';
import type { KnownPatient, Shift } from './messages';
import { contactOf, measurement, person, policyNumber } from './person';
import { wholeRecord } from '@/lib/data/testing/whole-record';

/** All loops try to register the same new patient, this often. */
const CONTEST_MS = 1000;
const CONTESTED_BLOCK = 90;
/** New patients make every later comparison longer, so they come now and then. */
const NEWCOMER_MS = 1500;

/** A person does not try again a hundred times a second. */
const AFTER_FAILURE_MS = 200;

export interface Workday {
  /** Each call is one action; never rejects. */
  loops: readonly (() => Promise<void>)[];
  erasing: Set<string>;
  rush: () => void;
  allow: (codes: readonly string[]) => void;
  /** How many reads were made and compared since the last call. */
  takeReads: () => number;
}

export function createWorkday(shift: Shift, tell: (entry: Entry) => void): Workday {
  const erasing = new Set<string>();
  let allowed = new Set<string>();
  let reads = 0;
  const crew = shift.mine.map(
    (block) => new Loop(shift, block, { tell, erasing, read: () => (reads += 1) }),
  );
  return {
    erasing,
    rush: () => crew.forEach((loop) => loop.rush()),
    loops: crew.map((loop) => async () => {
      const action = loop.choose();
      try {
        await action.run();
      } catch (error) {
        const code = error instanceof DataError ? error.code : '';
        if (code === 'ERASED' && erasing.has(action.about))
          tell({ kind: 'erased', id: action.about });
        else if (allowed.has(code)) tell({ kind: 'refused', code });
        else tell({ kind: 'violation', what: `${action.name} failed: ${describeError(error)}` });
        if (code !== 'ERASED') await delay(AFTER_FAILURE_MS);
      }
    }),
    allow: (codes) => (allowed = new Set(codes)),
    takeReads: () => {
      const taken = reads;
      reads = 0;
      return taken;
    },
  };
}

interface Action {
  name: string;
  /** The patient that may be under erasure. */
  about: string;
  run: () => Promise<void>;
}

interface Surroundings {
  tell: (entry: Entry) => void;
  erasing: ReadonlySet<string>;
  read: () => void;
}

class Loop {
  readonly #shift: Shift;
  readonly #block: number;
  readonly #around: Surroundings;
  readonly #random: Random;
  /** Nobody else changes their insurance and contact. */
  readonly #own: KnownPatient[];
  /** By the id of the patient: visits of this loop that were acknowledged. */
  readonly #visits = new Map<string, string[]>();
  #count = 0;
  #persons = 0;
  #contest = 0;
  #newcomer = 0;
  #rush: Action[] = [];

  constructor(shift: Shift, block: number, around: Surroundings) {
    this.#shift = shift;
    this.#block = block;
    this.#around = around;
    this.#random = createRandom('workday', shift.seed, block);
    this.#own = shift.base.filter((_, at) => at % shift.loops === block - 1);
  }

  rush(): void {
    const own = this.#random.pick(this.#own);
    this.#rush = [
      action('Registering', '', () => this.#register()),
      ...[own, own].map((each) => action('Changing insurance', each.id, () => this.#insure(each))),
    ];
  }

  choose(): Action {
    const urgent = this.#rush.shift();
    if (urgent !== undefined) return urgent;
    const now = Date.now() - this.#shift.startedAt;
    const contest = Math.floor(now / CONTEST_MS);
    if (contest > this.#contest) {
      this.#contest = contest;
      return action('Registering a contested number', '', () => this.#fight(contest));
    }
    const newcomer = Math.floor(now / NEWCOMER_MS);
    if (newcomer > this.#newcomer) {
      this.#newcomer = newcomer;
      return newcomer % 2 === 0
        ? action('Registering', '', () => this.#register())
        : action('Completing a registration', '', () => this.#registerInTwoSteps());
    }
    const anyone = this.#random.pick(this.#shift.base);
    // A few patients get most of the visits: that is where writers meet.
    const busy = this.#random.pick(this.#shift.base.slice(0, 4));
    const own = this.#random.pick(this.#own);
    const known = this.#random.chance(0.5) ? own : anyone;
    const visited = this.#random.chance(0.4) ? busy : known;
    const chance = this.#random.next();
    if (chance < 0.04) return action('Adding an alert', visited.id, () => this.#warn(visited));
    if (chance < 0.4) return action('Adding a visit', visited.id, () => this.#visit(visited));
    if (chance < 0.5) return action('Changing insurance', own.id, () => this.#insure(own));
    if (chance < 0.58) return action('Changing contact', own.id, () => this.#move(own));
    if (chance < 0.64)
      return action('Registering a taken number', '', () => this.#duplicate(known));
    if (chance < 0.8) return action('Searching by SSN', known.id, () => this.#findBySsn(known));
    if (chance < 0.88) return action('Searching by policy', own.id, () => this.#findByPolicy(own));
    if (chance < 0.92) return action('Revealing an SSN', known.id, () => this.#reveal(known));
    return action('Reading a record', own.id, () => this.#read(own));
  }

  async #visit({ id }: KnownPatient): Promise<void> {
    const input = measurement(`loop${this.#block}`, ++this.#count);
    const visit = await addMeasurement(this.#shift.doctor, id, input);
    this.#visits.set(id, [...(this.#visits.get(id) ?? []), visit.id]);
    this.#around.tell({ kind: 'visit', id, visit });
  }

  async #warn({ id }: KnownPatient): Promise<void> {
    // Ten texts for each loop: a text that is in force already is refused, as it must be.
    const text = `loop${this.#block}: ${this.#random.int(0, 9)}`;
    try {
      const alert = await addAlert(this.#shift.doctor, id, { kind: 'warning', text });
      this.#around.tell({ kind: 'alert', id, alert });
    } catch (error) {
      if (!isRefusal(error, 'INVALID')) throw error;
    }
  }

  async #insure(patient: KnownPatient): Promise<void> {
    const provider = this.#random.pick(['MaestCare', 'Kestrel Mutual']);
    // Above the numbers of newcomers of the same block.
    const insurance = {
      provider,
      policyNumber: policyNumber(this.#block, 100_000 + ++this.#count),
    };
    await updateInsurance(this.#shift.doctor, patient.id, insurance);
    patient.insurance = insurance;
    this.#around.tell({ kind: 'insurance', id: patient.id, insurance });
  }

  async #move(patient: KnownPatient): Promise<void> {
    const contact = { ...patient.contact, address: `${++this.#count} Oak Street, Kestrel Bay` };
    await updateContact(this.#shift.receptionist, patient.id, { name: patient.name, contact });
    patient.contact = contact;
    this.#around.tell({ kind: 'contact', id: patient.id, contact });
  }

  async #register(): Promise<void> {
    const patient = person(this.#block, ++this.#persons);
    const { id } = await registerPatient(this.#shift.doctor, patient);
    this.#welcome({ id, ...patient });
  }

  #welcome(patient: KnownPatient): void {
    const { id, ...rest } = patient;
    this.#own.push(patient);
    this.#around.tell({ kind: 'registered', id, patient: rest });
  }

  async #registerInTwoSteps(): Promise<void> {
    const { ssn, bloodType, insurance, name, contact } = person(this.#block, ++this.#persons);
    const { provider } = insurance;
    const { doctor, receptionist } = this.#shift;
    const { id } = await registerContact(receptionist, { name, contact, provider });
    const begun = { name, contact, ssn: null, bloodType: null };
    const none = { provider, policyNumber: null };
    this.#around.tell({ kind: 'registered', id, patient: { ...begun, insurance: none } });
    // Two doctors complete it at once: one of them, and only one.
    const twice = [1, 2].map(() => completeRegistration(doctor, id, { ssn, bloodType, insurance }));
    const [won, lost] = (await Promise.allSettled(twice)).toSorted((a, b) =>
      a.status < b.status ? -1 : 1,
    );
    if (won?.status !== 'fulfilled') throw won?.reason;
    this.#around.tell({ kind: 'completed', id, fields: { ssn, bloodType, insurance } });
    this.#own.push({ id, name, contact, ssn, bloodType, insurance });
    if (lost?.status === 'fulfilled') this.#see('A registration was completed twice');
    else if (!isRefusal(lost?.reason, 'CONFLICT')) throw lost?.reason;
  }

  async #fight(contest: number): Promise<void> {
    const patient = person(CONTESTED_BLOCK, contest);
    const digits = `${String(this.#block)}${String(contest).padStart(5, '0')}`;
    const named = { ...patient, contact: contactOf(digits, 1) };
    try {
      this.#welcome({ ...(await registerPatient(this.#shift.doctor, named)), ...named });
    } catch (error) {
      if (!isRefusal(error, 'DUPLICATE_SSN')) throw error;
      this.#around.tell({ kind: 'duplicate', ssn: patient.ssn });
    }
  }

  async #duplicate({ id, ssn }: KnownPatient): Promise<void> {
    // The number of an erased patient is free.
    if (this.#around.erasing.has(id)) return;
    const stranger = { ...person(this.#block, 9_000), ssn };
    try {
      await registerPatient(this.#shift.doctor, stranger);
      this.#see('A number was given to a second patient');
    } catch (error) {
      if (!isRefusal(error, 'DUPLICATE_SSN')) throw error;
      this.#around.tell({ kind: 'duplicate', ssn });
    }
  }

  async #findBySsn({ id, ssn }: KnownPatient): Promise<void> {
    const { patients } = await searchPatients(this.#shift.doctor, { text: ssn, by: 'ssn' });
    this.#expectOnly('A search by SSN', id, patients);
  }

  async #findByPolicy({ id, insurance }: KnownPatient): Promise<void> {
    const input = { text: insurance.policyNumber, by: 'policy' } as const;
    const { patients } = await searchPatients(this.#shift.doctor, input);
    this.#expectOnly('A search by policy number', id, patients);
  }

  #expectOnly(what: string, id: string, found: readonly { id: string }[]): void {
    this.#around.read();
    if (this.#around.erasing.has(id)) return;
    const right = found.length === 1 && found[0]?.id === id;
    if (!right) this.#see(`${what} found ${found.length} patients, not the one who has it`);
  }

  async #reveal({ id, ssn }: KnownPatient): Promise<void> {
    let revealed: string;
    try {
      revealed = await revealSsn(this.#shift.doctor, id);
    } catch (error) {
      if (this.#around.erasing.has(id)) return;
      throw error;
    }
    this.#around.read();
    if (revealed !== ssn) this.#see('A revealed SSN was another one');
  }

  async #read({ id, ssn, bloodType, insurance, contact }: KnownPatient): Promise<void> {
    const acknowledged = [...(this.#visits.get(id) ?? [])];
    const record = await wholeRecord(this.#shift.doctor, id);
    this.#around.read();
    if (this.#around.erasing.has(id)) return;
    const { visits } = record;
    const ids = new Set(visits.state === 'clear' ? visits.value.map((visit) => visit.id) : []);
    const same =
      record.ssn === ssn &&
      record.contact.address === contact.address &&
      record.insurance.policyNumber === insurance.policyNumber &&
      record.bloodType?.state === 'clear' &&
      record.bloodType.value === bloodType;
    if (!same) this.#see('A record held other values than were acknowledged');
    if (acknowledged.some((visit) => !ids.has(visit))) this.#see('A record lacked a visit');
  }

  #see(what: string): void {
    this.#around.tell({ kind: 'violation', what });
  }
}

function action(name: string, about: string, run: () => Promise<void>): Action {
  return { name, about, run };
}

function isRefusal(error: unknown, code: DataError['code']): boolean {
  return error instanceof DataError && error.code === code;
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = error instanceof DataError ? ` ${error.code}` : '';
  const cause = error.cause instanceof Error ? `; cause: ${describeError(error.cause)}` : '';
  return `${error.name}${code}: ${error.message}${cause}`;
}
