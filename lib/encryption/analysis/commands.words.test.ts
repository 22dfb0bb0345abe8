// Every official error substring (csfle.md D.8) in one table, as the public specification tests assert
// it, with the shortest command that earns it. What follows the substring is this module's own.
import { type Document, Int32, MinKey, Timestamp } from 'bson';
import { describe, expect, it } from 'vitest';
import { AnalysisError } from './index.ts';
import { analysed, compiled, deterministic, namespace, sharedKey } from './testing/inputs.ts';

const ssn = new Int32(901_010_001);
const find = (filter: Document, more: Document = {}): Document => ({
  find: 'patients',
  filter,
  ...more,
});
const update = (u: Document, q: Document = { name: 'x' }): Document => ({
  update: 'patients',
  updates: [{ q, u }],
});
const insert = (document: Document): Document => ({ insert: 'patients', documents: [document] });
const withSchema = (schema: Document) => () => {
  compiled(schema);
};
const parent = { encrypt: { bsonType: 'string', algorithm: deterministic, keyId: [sharedKey] } };

const table: [string, Document | (() => void)][] = [
  ['Unsupported match expression operator for encryption', find({ $where: 'x' })],
  ['Unsupported match expression operator for encryption', find({ $text: { $search: 'x' } })],
  ['Invalid match expression operator on encrypted field', find({ ssn: { $gt: 1 } })],
  ['Invalid match expression operator on encrypted field', find({ nickname: /x/ })],
  ['Invalid match expression operator on encrypted field', find({ ssn: { $mod: [2, 0] } })],
  ['Illegal equality to null predicate for encrypted field', find({ ssn: null })],
  [
    'Illegal equality to null inside $in against an encrypted field',
    find({ ssn: { $in: [ssn, null] } }),
  ],
  ['Cannot query on fields encrypted with the randomized encryption', find({ diagnosis: 'x' })],
  ['$addToSet not allowed on encrypted values', update({ $addToSet: { ssn } })],
  ['$currentDate not allowed on encrypted values', update({ $currentDate: { ssn: true } })],
  ['$pop not allowed on encrypted values', update({ $pop: { ssn: 1 } })],
  ['$pull not allowed on encrypted values', update({ $pull: { ssn } })],
  ['$pullAll not allowed on encrypted values', update({ $pullAll: { ssn: [ssn] } })],
  ['$push not allowed on encrypted values', update({ $push: { ssn } })],
  ['$inc and $mul not allowed on encrypted values', update({ $inc: { ssn } })],
  ['$inc and $mul not allowed on encrypted values', update({ $mul: { ssn } })],
  ['$max and $min not allowed on encrypted values', update({ $max: { ssn } })],
  ['$max and $min not allowed on encrypted values', update({ $min: { ssn } })],
  [
    'Array update operations not allowed on encrypted values',
    update({ $set: { 'diagnosis.$[i].x': 1 } }),
  ],
  [
    "Cannot encrypt fields below '$' positional update operator",
    update({ $set: { 'insurance.$.policyNumber': ssn } }),
  ],
  ['Cannot encrypt element of type: minKey', insert({ ssn: new MinKey() })],
  ['Cannot encrypt element of type: double', insert({ ssn: 1.5 })],
  ['Cannot encrypt element of type: string', find({ ssn: 'x' })],
  [
    'A command that inserts cannot supply Timestamp(0, 0) for an encrypted',
    insert({ anything: Timestamp.fromBits(0, 0) }),
  ],
  [
    'The distinct key is not allowed to be marked for encryption with a non-UUID keyId',
    { distinct: 'patients', key: 'bloodType' },
  ],
  ['A non-static (JSONPointer) keyId is not supported', update({ $set: { bloodType: 'AB-' } })],
  [
    '$rename between two encrypted fields must have the same metadata or both be unencrypted',
    update({ $rename: { ssn: 'nickname' } }),
  ],
  ["Invalid schema containing the 'encrypt' keyword.", withSchema({ properties: { a: parent } })],
  [
    "'encrypt' cannot be used in conjunction with 'bsonType'",
    withSchema({ bsonType: 'object', properties: { a: { ...parent, bsonType: 'object' } } }),
  ],
  [
    "JSON schema keyword 'required' is only allowed with a remote schema",
    withSchema({ bsonType: 'object', required: ['a'] }),
  ],
  [
    'Comparison to encrypted fields not supported',
    { create: 'patients', validator: { ssn: { $eq: ssn } } },
  ],
  ['command not supported for auto encryption: mapReduce', { mapReduce: 'patients' }],
  [
    'non-collection command not supported for auto encryption: aggregate',
    { aggregate: 1, pipeline: [] },
  ],
  ['cannot auto encrypt a view', { create: 'v', viewOn: 'patients', pipeline: [] }],
];

function refusalOf(attempt: Document | (() => void)): AnalysisError {
  try {
    if (typeof attempt === 'function') Reflect.apply(attempt, undefined, []);
    else analysed(attempt);
  } catch (error) {
    if (error instanceof AnalysisError) return error;
  }
  throw new TypeError('Expected a refusal');
}

describe('the official words', () => {
  it.each(table)('%s', (words, attempt) => {
    const { message } = refusalOf(attempt);
    expect(message).toContain(words);
    expect(message.startsWith(words) || message.includes(`: ${words}`)).toBe(true);
    // Never the constant, and no period at the end.
    expect(message).not.toMatch(/901010001|AB-|\.$/);
  });

  it('cannot be earned with a field that is not encrypted', () => {
    const plain: Document[] = [
      find({ name: { $gt: 1 } }),
      find({ name: null }),
      update({ $push: { list: 1 } }),
      update({ $inc: { age: 1 } }),
      insert({ name: Timestamp.fromBits(0, 0) }),
      { distinct: 'patients', key: 'name' },
      { create: 'patients', validator: { name: { $eq: 'x' } } },
    ];
    for (const command of plain) expect(() => analysed(command)).not.toThrow();
  });

  it('cannot be earned where the schema encrypts nothing', () => {
    const open = new Map([[namespace, compiled({ bsonType: 'object' })]]);
    const commands = table.flatMap(([, attempt]) =>
      typeof attempt === 'function' ? [] : [attempt],
    );
    const refused = commands.filter((command) => {
      try {
        analysed(command, open);
        return false;
      } catch {
        return true;
      }
    });
    expect(refused).toEqual([{ mapReduce: 'patients' }, { aggregate: 1, pipeline: [] }]);
  });
});
