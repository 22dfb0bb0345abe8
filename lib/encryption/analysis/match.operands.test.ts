// The operand of each match operator: what a ciphertext answers as a plaintext would, and what not.
import { type Document, Decimal128, Double, Int32, Long } from 'bson';
import { describe, expect, it } from 'vitest';
import { AnalysisError } from './index.ts';
import { analysed, det, passes, patientSchema, random, schemas } from './testing/inputs.ts';

const find = (filter: Document): Document => ({ find: 'patients', filter });
const invalid = 'Invalid match expression operator on encrypted field';

const withContact = schemas({
  ...patientSchema,
  properties: {
    ...(patientSchema['properties'] as Document),
    contact: { encrypt: { bsonType: 'object', algorithm: random } },
    either: { encrypt: { bsonType: ['int', 'array'], algorithm: random } },
  },
});

/** The message of an `AnalysisError`. */
function refusal(filter: Document): string {
  try {
    analysed(find(filter), withContact);
  } catch (error) {
    if (error instanceof AnalysisError) return error.message;
    throw error;
  }
  return 'not refused';
}

describe.each(['ssn', 'diagnosis', 'insurance', 'ssn.x'])('$exists on %s', (path) => {
  it.each([
    ...[true, false, new Int32(0), new Int32(1), new Int32(-1)],
    ...[new Double(0), new Double(1), new Double(-1)],
    ...[Long.fromNumber(0), Long.fromNumber(1), Long.fromNumber(-1)],
  ])('takes the flag %s', (flag) => {
    expect(passes(find({ [path]: { $exists: flag } }))).toBe(true);
  });

  it.each([
    ...[new Int32(2), new Int32(-2), new Int32(901010001)],
    ...[new Double(0.5), new Double(2), new Double(901010001)],
    ...[Long.fromNumber(2), Long.fromNumber(901010001), Long.MIN_VALUE],
    ...[Decimal128.fromString('1'), '1', '', null, [true], { a: true }, new Date(1)],
  ])('refuses the constant %s', (flag) => {
    expect(refusal({ [path]: { $exists: flag } })).toContain('expected true or false');
  });
});

const scalarOperators = [
  ...['$gt', '$gte', '$lt', '$lte', '$type', '$size', '$mod', '$regex', '$options'],
  ...['$bitsAllSet', '$bitsAllClear', '$bitsAnySet', '$bitsAnyClear'],
];
const listOperators = [
  ...['$type', '$mod', '$bitsAllSet', '$bitsAllClear', '$bitsAnySet', '$bitsAnyClear'],
];

describe('on an object with encrypted fields', () => {
  it.each(scalarOperators)('%s takes a scalar, and no object', (operator) => {
    expect(passes(find({ insurance: { [operator]: 5 } }))).toBe(true);
    expect(refusal({ insurance: { [operator]: { policyNumber: 5 } } })).toContain(
      'expected a scalar',
    );
    expect(refusal({ insurance: { [operator]: [{ policyNumber: 5 }] } })).toContain(
      'expected a scalar',
    );
    expect(refusal({ insurance: { [operator]: [5, { policyNumber: 5 }] } })).toContain(
      'expected a scalar',
    );
    expect(refusal({ insurance: { [operator]: [5, [{ policyNumber: 5 }]] } })).toContain(
      'expected a scalar',
    );
  });

  it.each(listOperators)('%s takes a list of scalars', (operator) => {
    expect(passes(find({ insurance: { [operator]: [5, 6] } }))).toBe(true);
  });

  it.each(['$gt', '$gte', '$lt', '$lte', '$size', '$regex'])('%s takes no list', (operator) => {
    expect(refusal({ insurance: { [operator]: [5] } })).toContain('expected a scalar');
  });

  it.each(['$near', '$geoWithin', '$newer', '$expr'])(
    '%s is refused, also with a scalar',
    (name) => {
      expect(refusal({ insurance: { [name]: 5 } })).toContain(`${invalid}: ${name}`);
    },
  );

  it('$in, $nin, $ne and $not encrypt the members of each object', () => {
    const list = (value: unknown) => [{ policyNumber: value }, 'none'];
    for (const [filter, expected] of [
      [{ $in: list(5) }, { $in: list(det(5)) }],
      [{ $nin: list(5) }, { $nin: list(det(5)) }],
      [{ $ne: { policyNumber: 5 } }, { $ne: { policyNumber: det(5) } }],
      [{ $not: { $nin: list(5), $exists: true } }, { $not: { $nin: list(det(5)), $exists: true } }],
    ]) {
      expect(analysed(find({ insurance: filter }))).toEqual(find({ insurance: expected }));
    }
  });

  it('$in and $nin take nothing but an array, $not nothing but operators or a pattern', () => {
    expect(refusal({ insurance: { $in: { policyNumber: 5 } } })).toContain('Expected array');
    expect(refusal({ insurance: { $nin: { policyNumber: 5 } } })).toContain('Expected array');
    expect(refusal({ insurance: { $not: { policyNumber: 5 } } })).toContain(invalid);
    expect(refusal({ insurance: { $not: 5 } })).toContain(invalid);
    expect(passes(find({ insurance: { $not: /x/ } }))).toBe(true);
  });
});

describe('on an encrypted field', () => {
  it('$not takes nothing but operators', () => {
    expect(refusal({ ssn: { $not: 5 } })).toContain(`${invalid}: $not`);
    expect(refusal({ ssn: { $not: { a: 5 } } })).toContain(`${invalid}: $not`);
    expect(refusal({ ssn: { $not: {} } })).toContain(`${invalid}: $not`);
  });

  it('null inside $in is refused as equality would be', () => {
    expect(refusal({ diagnosis: { $in: [null] } })).toContain(
      'encrypted with the randomized encryption',
    );
    expect(refusal({ diagnosis: { $nin: [null] } })).toContain(
      'encrypted with the randomized encryption',
    );
    expect(refusal({ ssn: { $nin: [null] } })).toContain('Illegal equality to null inside $in');
  });

  it('a constant of another type is refused with the type that the schema states', () => {
    expect(refusal({ ssn: 'x' })).toContain('the schema encrypts int with Deterministic');
    expect(refusal({ nickname: 5 })).toContain('the schema encrypts string with Deterministic');
  });
});

describe('below an encrypted value', () => {
  it.each(['$gt', '$eq', '$ne', '$in', '$type', '$size', '$not'])('%s is refused', (operator) => {
    expect(refusal({ 'ssn.x': { [operator]: 5 } })).toContain(`${invalid}: ${operator}`);
    expect(refusal({ 'ssn.x': { $exists: true, [operator]: 5 } })).toContain(
      `${invalid}: ${operator}`,
    );
  });

  it.each(['$ne', '$eq', '$gt', '$not'])('%s of a flag is refused too', (operator) => {
    expect(refusal({ 'ssn.x': { [operator]: true } })).toContain(`${invalid}: ${operator}`);
  });

  it.each(['contact.x', 'either.0', 'anything.x', 'medicalRecords.0'])(
    '$exists on %s is refused, since its plaintext could have such a field',
    (path) => {
      expect(refusal({ [path]: { $exists: false } })).toContain(`${invalid}: $exists`);
    },
  );
});

describe('on an unencrypted field', () => {
  it.each(['$where', '$text', '$jsonSchema', '$expr'])('%s is refused at any depth', (operator) => {
    expect(refusal({ list: { $elemMatch: { [operator]: 5 } } })).toContain(
      `${operator}, at \`list\``,
    );
    expect(refusal({ list: { $not: { $elemMatch: { $or: [{ [operator]: 5 }] } } } })).toContain(
      operator,
    );
  });

  it.each(['$comment', '$alwaysTrue', '$alwaysFalse', '$sampleRate'])('%s passes', (operator) => {
    expect(passes(find({ [operator]: 1, name: 'x' }))).toBe(true);
  });
});

/** An array of encrypted values, as only a pipeline can make it. */
const gathered = (field: string, condition: unknown): Document => ({
  aggregate: 'patients',
  pipeline: [{ $group: { _id: null, list: { $push: field } } }, { $match: { list: condition } }],
  cursor: {},
});

describe('on an array of encrypted values', () => {
  it.each([
    ...[null, [], { $eq: null }, { $eq: [] }, { $ne: [] }, { $size: 2 }, { $exists: true }],
    ...[{ $size: 0, $exists: true, $ne: [] }],
  ])('%j passes', (condition) => {
    expect(passes(gathered('$ssn', condition))).toBe(true);
  });

  it.each([
    ...[5, [5], { $eq: 5 }, { $eq: [5] }, { $ne: [5] }, { $ne: 5 }, { $in: [5] }, { $nin: [[]] }],
    ...[
      { $elemMatch: { $eq: 5 } },
      { $all: [5] },
      { $gt: [] },
      { $size: [5] },
      { $size: { a: 5 } },
    ],
    ...[{ $exists: 901010001 }, { $exists: true, $eq: 5 }, { $size: 1, $in: [5] }, { ssn: 5 }],
  ])('%j is refused', (condition) => {
    expect(() => analysed(gathered('$ssn', condition))).toThrow(AnalysisError);
  });

  it.each([[], { $size: 0 }, { $eq: [] }, { $ne: [] }])(
    '%j is refused where an element could itself be an array',
    (condition) => {
      expect(() => analysed(gathered('$anything', condition))).toThrow(AnalysisError);
    },
  );
});
