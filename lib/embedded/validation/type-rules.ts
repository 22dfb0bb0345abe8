// Validation layer: the keywords of `$jsonSchema` about a value's type: `bsonType`, `type`, `encrypt`.
import { Binary, BSONType } from 'bson';

import { CommandError } from '../errors.ts';
import { type Document, isDocument, typeOf } from '../query/values.ts';
import type { RuleMaker } from './json-schema.ts';
import { mismatch, requireList, requireString, unparsable } from './operands.ts';

const NUMBERS = ['int', 'long', 'double', 'decimal'];
const JSON_TYPES: Readonly<Record<string, readonly string[]>> = {
  object: ['object'],
  array: ['array'],
  number: NUMBERS,
  boolean: ['bool'],
  string: ['string'],
  null: ['null'],
};
const ENCRYPT_OPTIONS = new Set(['bsonType', 'algorithm', 'keyId']);
/** BSON binary subtype 6 holds what client-side field level encryption made. */
const ENCRYPTED = 6;
/** Byte 0 says which algorithm, 1 to 16 the key, 17 the type of the encrypted value. */
const TYPE_BYTE = 17;
const FIRST_BYTES = new Set([1, 2]);

export const typeRules: Readonly<Record<string, RuleMaker>> = {
  bsonType(operand, schema) {
    if ('type' in schema) throw bothTypes();
    return ofType('bsonType', bsonTypes('bsonType', operand));
  },
  type(operand) {
    const names = typeof operand === 'string' ? [operand] : requireList('type', operand);
    return ofType(
      'type',
      names.flatMap((name) => {
        const types = JSON_TYPES[requireString('type', name)];
        if (types) return types;
        throw unparsable('type', 'the names of JSON types');
      }),
    );
  },
  encrypt(operand, schema) {
    if ('type' in schema || 'bsonType' in schema) {
      throw new CommandError(
        'FailedToParse',
        'Expected `encrypt` without `type` and `bsonType` beside it',
      );
    }
    if (!isDocument(operand)) throw mismatch('encrypt', 'an object');
    const codes = typeCodes(operand);
    return (value) =>
      isEncrypted(value, codes)
        ? undefined
        : { operatorName: 'encrypt', reason: 'value was not encrypted as the schema says' };
  },
};

function ofType(operatorName: string, types: readonly string[]): ReturnType<RuleMaker> {
  const accepted = new Set(types);
  return (value) =>
    accepted.has(typeOf(value)) ? undefined : { operatorName, reason: 'type did not match' };
}

function bsonTypes(keyword: string, operand: unknown): string[] {
  const names = typeof operand === 'string' ? [operand] : requireList(keyword, operand);
  return names.flatMap((item) => {
    const name = requireString(keyword, item);
    if (name === 'number') return NUMBERS;
    if (Object.hasOwn(BSONType, name) && name !== 'undefined') return [name];
    throw new CommandError('BadValue', `Unknown type name alias in $jsonSchema: ${name}`);
  });
}

/** The type bytes that an encrypted value may have; undefined if any. */
function typeCodes(encrypt: Document): ReadonlySet<number> | undefined {
  const unknown = Object.keys(encrypt).find((option) => !ENCRYPT_OPTIONS.has(option));
  if (unknown !== undefined) {
    throw new CommandError(
      'FailedToParse',
      `Unknown option of \`encrypt\` in $jsonSchema: ${unknown}`,
    );
  }
  if (encrypt['bsonType'] === undefined) return undefined;
  const names = bsonTypes('encrypt.bsonType', encrypt['bsonType']);
  return new Set(names.map((name) => BSONType[name as keyof typeof BSONType]));
}

function isEncrypted(value: unknown, codes: ReadonlySet<number> | undefined): boolean {
  if (!(value instanceof Binary) || value.sub_type !== ENCRYPTED) return false;
  const bytes = value.value();
  const type = bytes[TYPE_BYTE];
  if (!FIRST_BYTES.has(bytes[0] ?? 0) || type === undefined) return false;
  return codes === undefined || codes.has(type);
}

function bothTypes(): CommandError {
  return new CommandError(
    'FailedToParse',
    'Cannot specify both $jsonSchema keywords `type` and `bsonType`',
  );
}
