// Query layer: a string for every BSON value, the same for two values exactly if they are equal as `$eq` has it.
// For grouping and distinct; it says nothing about order.
import { Binary, BSONRegExp, Decimal128, Long, ObjectId, Timestamp } from 'bson';

import { compareNumbers } from './numbers.ts';
import { isDocument, isNumeric, type NumericValue, toNumber, typeOf } from './values.ts';

/** Missing and null give the same key, as `$group` treats them. */
export function groupKey(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (isNumeric(value)) return `n${numberKey(value)}`;
  if (value instanceof ObjectId) return `o${value.toHexString()}`;
  if (value instanceof Binary) {
    return `b${String(value.sub_type)}:${Buffer.from(value.value()).toString('base64')}`;
  }
  if (value instanceof Date) return `d${String(value.getTime())}`;
  if (Array.isArray(value)) return `[${value.map(groupKey).join(',')}]`;
  if (value instanceof Timestamp) return `t${String(value.t)}:${String(value.i)}`;
  if (value instanceof BSONRegExp) return `r${JSON.stringify([value.pattern, value.options])}`;
  if (isDocument(value)) {
    const fields = Object.entries(value).map(
      ([name, item]) => `${JSON.stringify(name)}:${groupKey(item)}`,
    );
    return `{${fields.join(',')}}`;
  }
  return `${typeOf(value)}${typeof value === 'boolean' ? String(value) : JSON.stringify(value)}`;
}

function numberKey(value: NumericValue): string {
  if (value instanceof Long) return value.toString();
  const number = toNumber(value) ?? Number.NaN;
  if (value instanceof Decimal128 && compareNumbers(value, number) !== 0) return value.toString();
  return Number.isInteger(number) ? String(BigInt(number)) : String(number);
}
