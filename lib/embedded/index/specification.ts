// Index layer: what `createIndexes` may ask for. A specification is either understood completely or refused with
// MongoDB's code; nothing is ignored silently. It must not know of storage.
import { CommandError } from '../errors.ts';
import { compileFilter } from '../query/filter.ts';
import { type Document, encode, isDocument, toInteger, toNumber } from '../query/values.ts';
import type { IndexDescription } from '../storage/types.ts';
import type { KeyField } from './key-extraction.ts';
import { checkPartialFilter } from './partial-filter.ts';

export const ID_INDEX: IndexDescription = { v: 2, key: { _id: 1 }, name: '_id_' };

/** MongoDB's limit for `expireAfterSeconds`. */
const MAX_EXPIRY_SECONDS = 2_147_483_647;
const IGNORED = new Set(['v', 'ns', 'background']);
const utf8 = new TextEncoder();

/** Checks one entry of `createIndexes.indexes`. Throws CommandError. */
export function parseSpecification(specification: Document): IndexDescription {
  const { key, name } = specification;
  if (!isDocument(key)) {
    throw new CommandError('FailedToParse', 'Expected `key` of an index to be an object');
  }
  const pattern = parseKey(key);
  if (typeof name !== 'string' || name === '') {
    throw new CommandError('FailedToParse', 'Expected `name` of an index to be a non-empty string');
  }
  if (name.includes('\0')) {
    throw new CommandError('CannotCreateIndex', 'Expected `name` of an index without a zero byte');
  }
  let description: IndexDescription = { v: 2, key: pattern, name };
  for (const [option, value] of Object.entries(specification)) {
    description = { ...description, ...parseOption(option, value) };
  }
  requireConsistent(description);
  return description;
}

/** The key pattern as a value that can be compared: `{"a":1,"b":-1}`. */
export function keyPatternText(key: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.entries(key).map(([field, value]) => [field, direction(value)]));
}

/** Two indexes of one collection may not share a signature, whatever their names. */
export function signatureOf(index: IndexDescription): string {
  const partial = index.partialFilterExpression
    ? Buffer.from(encode(index.partialFilterExpression)).toString('base64')
    : '';
  return `${keyPatternText(index.key)} ${String(index.unique)} ${String(index.sparse)} ${partial}`;
}

/** The fields of an index, ready for key extraction. */
export function keyFieldsOf(index: IndexDescription): KeyField[] {
  return Object.entries(index.key).map(([path, order]) => ({
    path: path.split('.').map((part) => utf8.encode(part)),
    descending: order < 0,
  }));
}

/** The checked value of `expireAfterSeconds`. Throws CannotCreateIndex. */
export function parseExpiry(value: unknown): number {
  const seconds = toNumber(value);
  if (seconds === undefined || !(seconds >= 0 && seconds <= MAX_EXPIRY_SECONDS)) {
    throw new CommandError(
      'CannotCreateIndex',
      `Expected \`expireAfterSeconds\` to be a number from 0 to ${String(MAX_EXPIRY_SECONDS)}`,
    );
  }
  return Math.trunc(seconds);
}

function parseKey(key: Document): Record<string, 1 | -1> {
  const entries = Object.entries(key);
  if (entries.length === 0) throw refusal('Expected `key` to name at least one field');
  return Object.fromEntries(
    entries.map(([path, order]): [string, 1 | -1] => {
      requirePath(path);
      return [path, direction(order)];
    }),
  );
}

function direction(order: unknown): 1 | -1 {
  if (typeof order === 'string') {
    throw refusal(`Expected an ascending or descending index, got the unsupported type '${order}'`);
  }
  const number = toNumber(order);
  if (number === undefined || Number.isNaN(number) || number === 0) {
    throw refusal('Expected every value of `key` to be a number other than 0');
  }
  return number < 0 ? -1 : 1;
}

function requirePath(path: string): void {
  const parts = path.split('.');
  if (parts.includes('$**'))
    throw refusal('Expected named fields, got an unsupported wildcard index');
  if (parts.includes('')) throw refusal('Expected field names in `key`, got an empty one');
  if (parts.some((part) => part.startsWith('$') && !/^\$(ref|id|db)$/.test(part))) {
    throw refusal('Expected field names in `key`, got one that starts with $');
  }
  if (path.includes('\0')) throw refusal('Expected field names in `key` without a zero byte');
  if (parts.some((part, i) => i > 0 && /^\d+$/.test(part))) {
    throw refusal('Expected field names in `key`, got an unsupported array position');
  }
}

function parseOption(option: string, value: unknown): Partial<IndexDescription> {
  switch (option) {
    case 'key':
    case 'name':
      return {};
    case 'unique':
    case 'sparse':
    case 'hidden':
      return flag(option, value) ? { [option]: true } : {};
    case 'expireAfterSeconds':
      return { expireAfterSeconds: parseExpiry(value) };
    case 'partialFilterExpression':
      return { partialFilterExpression: parsePartialFilter(value) };
    case 'collation':
      if (isDocument(value) && value['locale'] === 'simple') return {};
      throw refusal('Expected no `collation`, which is not supported');
    default:
      break;
  }
  if (option === 'v' && ![1, 2].includes(toInteger(value) ?? 0)) {
    throw refusal('Expected `v` of an index to be 2');
  }
  if (IGNORED.has(option)) return {};
  throw new CommandError(
    'InvalidIndexSpecificationOption',
    `The field '${option}' is not valid for an index specification`,
  );
}

function flag(option: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  const number = toNumber(value);
  if (number === undefined) {
    throw new CommandError('TypeMismatch', `Expected \`${option}\` of an index to be a boolean`);
  }
  return number !== 0;
}

function parsePartialFilter(value: unknown): Document {
  if (!isDocument(value)) throw refusal('Expected `partialFilterExpression` to be an object');
  checkPartialFilter(value);
  compileFilter(value);
  return value;
}

function requireConsistent(index: IndexDescription): void {
  const isId = keyPatternText(index.key) === keyPatternText(ID_INDEX.key);
  if (isId) requirePlainIdIndex(index);
  else if (index.name === ID_INDEX.name) {
    throw new CommandError('BadValue', 'The index name `_id_` is reserved for the `_id` index');
  }
  if (index.sparse && index.partialFilterExpression) {
    throw refusal('Expected either `sparse` or `partialFilterExpression`, got both');
  }
  if (index.expireAfterSeconds === undefined) return;
  if (Object.keys(index.key).length > 1) {
    throw refusal('Expected a single field for `expireAfterSeconds`, got a compound index');
  }
  if (isId) throw refusal('Expected no `expireAfterSeconds` on the `_id` index');
}

function requirePlainIdIndex(index: IndexDescription): void {
  for (const option of ['unique', 'sparse', 'hidden', 'partialFilterExpression'] as const) {
    if (index[option] === undefined) continue;
    throw new CommandError(
      'InvalidIndexSpecificationOption',
      `Expected no \`${option}\` on the \`_id\` index`,
    );
  }
}

function refusal(message: string): CommandError {
  return new CommandError('CannotCreateIndex', message);
}
