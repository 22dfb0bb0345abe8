import { describe, expect, it } from 'vitest';
import { Binary, BSON, Double, Int32, Long, ObjectId, UUID } from 'mongodb';
import { exactValue, isSameClear, keyIdOf, readClearRecord } from './convert-values';

const _id = new ObjectId();
const document = {
  ...{ _id, name: 'A', keyAltName: 'patient:a', revision: 3, ssn: new Int32(1), bloodType: 'A+' },
  insurance: { provider: 'M', policyNumber: new Int32(2) },
  medicalRecords: [{ heartRate: new Double(60) }],
  alerts: [{ text: 'Latex' }],
};
const read = (changes: object = {}) => readClearRecord(BSON.serialize({ ...document, ...changes }));

/** One field `v` of an array with one document that holds `inner`. */
function visitOf(inner: Buffer): Buffer {
  const sized = (body: Buffer): Buffer => {
    const size = Buffer.alloc(4);
    size.writeInt32LE(body.length + 5);
    return Buffer.concat([size, body, Buffer.of(0)]);
  };
  const array = sized(Buffer.concat([Buffer.from('\x030\0'), sized(inner)]));
  return sized(Buffer.concat([Buffer.from('\x04v\0'), array]));
}

describe('a record read from bytes', () => {
  it('has the encrypted fields and what a conditional write names', () => {
    const record = read();
    expect(record).toMatchObject({ _id, keyAltName: 'patient:a', revision: 3 });
    expect([...record.fields.keys()]).toEqual([
      ...['ssn', 'bloodType', 'insurance.policyNumber', 'medicalRecords', 'alerts'],
    ]);
  });
  it('lacks what the document lacks', () => {
    const bytes = BSON.serialize({ _id, keyAltName: 'patient:a', revision: 1, insurance: {} });
    expect([...readClearRecord(bytes).fields]).toEqual([]);
  });
  it.each([
    ['another BSON type', { ssn: new Double(1) }],
    ['a double in place of an int32, inside a visit', { medicalRecords: [{ heartRate: 60 }] }],
    ['another value', { bloodType: 'A-' }],
    ['another alert', { alerts: [] }],
    ['one field less', { insurance: { provider: 'M' } }],
    ['a long in place of an int32', { insurance: { policyNumber: Long.fromNumber(2) } }],
  ])('is not the same with %s', (_, changes) => {
    expect(isSameClear(read(), read())).toBe(true);
    expect(isSameClear(read(), read(changes))).toBe(false);
    expect(isSameClear(read(changes), read())).toBe(false);
  });
});

describe('a value to encrypt again', () => {
  it('serializes to the bytes that it was read from', () => {
    const box = read().fields.get('medicalRecords') ?? Buffer.alloc(0);
    const exact = exactValue(box);
    expect(Buffer.from(BSON.serialize({ v: exact?.value }))).toEqual(Buffer.from(box));
  });
  it.each([
    ['undefined, which is left out when it is written', visitOf(Buffer.from('\x06a\0'))],
    ['a name that occurs twice', visitOf(Buffer.from('\x0aa\0\x0aa\0'))],
  ])('is refused for %s', (_, box) => {
    expect(() => BSON.deserialize(box)).not.toThrow();
    expect(exactValue(box)).toBeNull();
  });
});

describe('the key of a ciphertext', () => {
  const key = new UUID();
  const blob = (type: number) => Buffer.concat([Buffer.of(type), key.buffer, Buffer.alloc(65)]);
  it('is named by both kinds of ciphertext', () => {
    for (const type of [1, 2]) {
      expect(keyIdOf(new Binary(blob(type), 6))).toBe(key.toHexString(false));
    }
  });
  it.each([
    ['another binary', new Binary(blob(1), 0)],
    ['a ciphertext of another scheme', new Binary(blob(9), 6)],
    ['a header alone', new Binary(blob(1).subarray(0, 17), 6)],
    ['no binary', 'x'],
  ])('is nothing for %s', (_, value) => {
    expect(keyIdOf(value)).toBeNull();
  });
});
