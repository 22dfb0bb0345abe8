// The judge of the proof is judged: with nobody but the writers at work it finds nothing, and it finds each kind of damage
// that a key operation could do.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Int32, ObjectId, UUID, type Collection } from 'mongodb';
import { currentNames } from '@/lib/db/connections';
import { KEY_VAULT, PATIENTS } from '@/lib/db/names';
import { wholeRecord } from '@/lib/data/testing/whole-record';
import { openClinicAtWork, type ClinicAtWork } from './clinic-at-work';
import { compareRecord, judgeKeys, judgeRecords } from './judge';

type Document = Record<string, unknown>;

let at: ClinicAtWork;
let early: Document;

beforeAll(async () => {
  at = await openClinicAtWork({ patients: 8, seed: 1 });
  early = await at.clinic.raw(at.base[0]?.id ?? '');
});
afterAll(() => at.close());

interface Stored {
  patients: Collection;
  vault: Collection;
  /** As they are before the damage; the first one is a patient with many visits. */
  first: Document;
  second: Document;
}

const bypassDocumentValidation = true;

function put({ patients, first }: Stored, fields: Document): Promise<unknown> {
  return patients.updateOne(
    { _id: first['_id'] as ObjectId },
    { $set: fields },
    { bypassDocumentValidation },
  );
}

const DAMAGES: readonly [string, RegExp, (stored: Stored) => Promise<unknown>][] = [
  [
    'visits of yesterday',
    /not genuine: medicalRecords/,
    (stored) => put(stored, { medicalRecords: early['medicalRecords'] }),
  ],
  [
    'visits of another patient',
    /`medicalRecords` is under another key/,
    (stored) => put(stored, { medicalRecords: stored.second['medicalRecords'] }),
  ],
  [
    'a value in clear',
    /`bloodType` is not encrypted/,
    (stored) => put(stored, { bloodType: 'AB-' }),
  ],
  [
    'a number in clear',
    /`insurance.policyNumber` is not encrypted/,
    (stored) => put(stored, { 'insurance.policyNumber': new Int32(7) }),
  ],
  ['a note in clear', /holds a note in clear/, (stored) => put(stored, { left: 'canary:1' })],
  ['an SSN in clear', /holds an SSN in clear/, (stored) => put(stored, { left: at.base[1]?.ssn })],
  [
    'a number of another patient',
    /not genuine: insurance.policyNumber/,
    ({ patients, first, second }) => {
      const insurance = second['insurance'] as Document;
      return patients.updateOne({ _id: first['_id'] as ObjectId }, { $set: { insurance } });
    },
  ],
  [
    'a field that is gone',
    /has 4 encrypted fields/,
    ({ patients, first }) =>
      patients.updateOne({ _id: first['_id'] as ObjectId }, { $unset: { ssn: 1 } }),
  ],
  [
    'a patient whom nobody registered',
    /Expected \d+ patients, got/,
    ({ patients, first }) => {
      const { name, contact, insurance } = first;
      const left = {
        name,
        contact,
        insurance: { provider: (insurance as Document)['provider'] },
      };
      const _id = new ObjectId();
      return patients.insertOne({ _id, ...left, keyAltName: 'patient:nobody', revision: 1 });
    },
  ],
  [
    'a key of nobody',
    /belongs to nobody/,
    async ({ vault }) => {
      const key = await vault.findOne();
      return vault.insertOne({ ...key, _id: new UUID() as never, keyAltNames: ['patient:gone'] });
    },
  ],
  [
    'a key under another CMK',
    /is under another CMK/,
    ({ vault }) => vault.updateOne({}, { $set: { 'masterKey.provider': 'local:next' } }),
  ],
  [
    'a destroyed key',
    /shows as erased|`erased` differs|Reading \w+ failed/,
    ({ vault, first }) => vault.deleteOne({ keyAltNames: first['keyAltName'] as string }),
  ],
];

describe('the judge of the proof', () => {
  it('finds nothing while only the writers work', async () => {
    const { counts } = at.ledger;
    while (counts.completed === 0 || counts.duplicate === 0) await at.worked(20);
    expect(await at.judge({ keys: true })).toEqual([]);
    expect(counts.visit).toBeGreaterThan(0);
    expect(at.crew.reads).toBeGreaterThan(0);
  });

  it('finds a record that lacks what was acknowledged, or has something else', async () => {
    await at.crew.pause();
    const id = at.base[0]?.id ?? '';
    const expected = at.ledger.patients.get(id);
    const record = await wholeRecord(at.clinic.staff.doctor, id);
    if (expected === undefined || record.visits.state !== 'clear')
      throw new Error('Expected visits');
    expect(compareRecord(record, expected)).toEqual([]);
    const visits = { ...record.visits, value: record.visits.value.slice(1) };
    expect(compareRecord({ ...record, visits }, expected)).toEqual([
      expect.stringContaining('acknowledged visits are lost'),
    ]);
    const insurance = { ...record.insurance, policyNumber: '7' };
    expect(compareRecord({ ...record, insurance }, expected)).toEqual([
      expect.stringContaining('`insurance` differs'),
    ]);
  });

  it('finds each kind of damage', async () => {
    await at.crew.pause();
    const { plain, staff } = at.clinic;
    const names = currentNames();
    const patients = plain.db(names.patients).collection(PATIENTS);
    const vault = plain.db(names.keyVault).collection(KEY_VAULT);
    const judged = { plain, doctor: staff.doctor, ledger: at.ledger };
    const judge = async () => [...(await judgeRecords(judged)), ...(await judgeKeys(judged))];
    const copies = new Map<Collection, Document[]>();
    for (const each of [patients, vault]) copies.set(each, await each.find().toArray());
    const [first, second] = [at.base[0], at.base[1]].map((known) =>
      copies.get(patients)?.find((patient) => String(patient['_id']) === known?.id),
    );
    if (first === undefined || second === undefined) throw new Error('Expected two patients');
    for (const [, message, damage] of DAMAGES) {
      await damage({ patients, vault, first, second });
      const found = (await judge()).join('\n');
      for (const [each, documents] of copies) {
        await each.deleteMany({});
        await each.insertMany(documents, { bypassDocumentValidation });
      }
      expect(found).toMatch(message);
    }
    expect(await judge()).toEqual([]);
  });
});
