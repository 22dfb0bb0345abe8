// Query layer: the view of a document that mingo's expressions work on, and the way back.
// int, double and safe longs become JavaScript numbers; a long beyond 2^53 and a decimal stay objects, so that
// arithmetic on them is refused instead of rounded. On the way back a whole number is an int, or a long.
import { Binary, BSONRegExp, Double, Int32, Long, Timestamp } from 'bson';

import { toRegExp } from './regex.ts';
import { type Document, isDocument } from './values.ts';

/** mingo groups and compares objects by `toString`; Binary's own decodes UTF-8 and would make values collide. */
class ViewedBinary extends Binary {
  override toString(): string {
    return `${String(this.sub_type)}:${Buffer.from(this.value()).toString('hex')}`;
  }
}

/** A deep copy with JavaScript numbers. */
export function promote(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Int32 || value instanceof Double) return value.value;
  if (Array.isArray(value)) return value.map(promote);
  if (value instanceof Binary) return new ViewedBinary(value.value(), value.sub_type);
  if (value instanceof BSONRegExp) return toRegExp(value);
  if (value instanceof Long && !(value instanceof Timestamp)) {
    const number = value.toNumber();
    return Number.isSafeInteger(number) ? number : value;
  }
  return isDocument(value) ? mapDocument(value, promote) : value;
}

/** The way back from {@link promote}, with explicit BSON types. */
export function restore(value: unknown): unknown {
  if (typeof value === 'number') return typedNumber(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => restore(item) ?? null);
  return isDocument(value) ? mapDocument(value, restore) : value;
}

function typedNumber(value: number): Int32 | Long | Double {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) return new Double(value);
  return value === (value | 0) ? new Int32(value) : Long.fromNumber(value);
}

function mapDocument(document: Document, map: (value: unknown) => unknown): Document {
  const result: Document = {};
  for (const [key, value] of Object.entries(document)) {
    const mapped = map(value);
    if (mapped !== undefined) define(result, key, mapped);
  }
  return result;
}

/** Plain assignment would change the prototype for a field called `__proto__`. */
export function define(document: Document, key: string, value: unknown): void {
  if (key !== '__proto__') document[key] = value;
  else
    Object.defineProperty(document, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
}
