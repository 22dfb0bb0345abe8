// The digests of a record's values: what makes no difference to them, and what does.
import { describe, expect, it } from 'vitest';
import { BSON, Int32, ObjectId } from 'mongodb';
import type { Patient } from '@/lib/db/patient-document';
import {
  brokenFields,
  hasSealedValues,
  SEALED_FIELDS,
  sealOf,
  type SealedValues,
} from './integrity';

const _id = new ObjectId('65f0c0ffee65f0c0ffee65f0');
const measuredAt = new Date('2026-11-20T08:15:00Z');
const doctor = { id: 'd', name: 'Dr. Test' };
const visit = { id: 'v', measuredAt, weightKg: 81.5, heartRate: 64, doctor };

const written: SealedValues = {
  _id,
  ssn: new Int32(900_010_001),
  last4ssn: 1,
  bloodType: 'AB-',
  medicalRecords: [visit],
  insurance: { provider: 'MaestCare', policyNumber: new Int32(4_000_001) },
};

/** What the driver hands out of what it has stored. */
function readBack(values: object): SealedValues & Pick<Patient, 'revision'> {
  const bytes = BSON.serialize({ ...values, revision: 3 }, { ignoreUndefined: false });
  return BSON.deserialize(bytes) as SealedValues & Pick<Patient, 'revision'>;
}

describe('digests of a record', () => {
  it('are those of what is read back', () => {
    expect(brokenFields(readBack(written), sealOf(written, 3))).toEqual([]);
    const withGap = { ...written, alerts: [{ text: undefined }] } as unknown as SealedValues;
    expect(brokenFields(readBack(withGap), sealOf(withGap, 3))).toEqual([]);
  });

  it('survive their own storage', () => {
    const stored = BSON.deserialize(BSON.serialize(sealOf(written, 3)));
    expect(stored).toEqual(sealOf(written, 3));
    expect(Object.keys(sealOf(written, 3).digests)).toHaveLength(SEALED_FIELDS.length - 1);
  });

  it.each<[string, object, string[]]>([
    ['another number', { ssn: new Int32(900_010_002) }, ['ssn']],
    ['other last digits', { last4ssn: 2 }, ['last4ssn']],
    ['another blood type', { bloodType: 'AB+' }, ['bloodType']],
    ['no blood type', { bloodType: undefined }, ['bloodType']],
    ['a visit less', { medicalRecords: [] }, ['medicalRecords']],
    ['another weight', { medicalRecords: [{ ...visit, weightKg: 81.6 }] }, ['medicalRecords']],
    ['alerts that nobody added', { alerts: [] }, ['alerts']],
    [
      'another policy',
      { insurance: { provider: 'MaestCare', policyNumber: new Int32(5) } },
      ['insurance.policyNumber'],
    ],
  ])('do not fit %s', (_, change, broken) => {
    const values: Record<string, unknown> = { ...written, ...change };
    const changed = Object.fromEntries(
      Object.entries(values).filter(([, value]) => value !== undefined),
    );
    expect(brokenFields(readBack(changed), sealOf(written, 3))).toEqual(broken);
  });

  it('let the provider change, which is in clear', () => {
    const insurance = { ...written.insurance, provider: 'Other' };
    expect(brokenFields(readBack({ ...written, insurance }), sealOf(written, 3))).toEqual([]);
  });

  it('fit no other record, and none of an earlier revision', () => {
    const other = sealOf({ ...written, _id: new ObjectId() }, 3);
    expect(brokenFields(readBack(written), other, ['ssn'])).toEqual(['ssn']);
    expect(brokenFields(readBack(written), sealOf(written, 4), ['ssn'])).toEqual(['ssn']);
    expect(brokenFields(readBack(written), sealOf(written, 2), ['ssn'])).toEqual([]);
  });

  it('are needed as soon as there is a value', () => {
    expect(hasSealedValues({ _id, insurance: { provider: 'MaestCare' } })).toBe(false);
    expect(hasSealedValues({ _id, last4ssn: 1 })).toBe(true);
    expect(hasSealedValues({ _id, insurance: { policyNumber: 5 } })).toBe(true);
  });
});
