// Test inputs of layer analysis: answers of two servers as bytes that can be compared.
import { deserialize, type Document, EJSON, serialize } from 'bson';

const bytesOf = (value: unknown): string =>
  Buffer.from(serialize({ v: value }, { ignoreUndefined: false })).toString('latin1');

/** The value with the elements of every array, at any depth, in the order of their bytes. */
function loosened(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value
      .map(loosened)
      .map((item) => [bytesOf(item), item] as const)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([, item]) => item);
  }
  const nested =
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype;
  if (!nested) return value;
  return Object.fromEntries(
    Object.entries(value as Document).map(([name, item]) => [name, loosened(item)]),
  );
}

export interface Comparison {
  /** Whether the order of documents counts, and that of elements of arrays. */
  readonly inOrder: boolean;
  readonly looseArrays: boolean;
}

/** Documents as a list of byte strings: types, field order and values all count. */
export function comparable(
  documents: readonly unknown[],
  { inOrder, looseArrays }: Comparison,
): string[] {
  const list = documents.map((each) => bytesOf(looseArrays ? loosened(each) : each));
  return inOrder ? list : list.sort();
}

/** One entry of such a list for people, types included. */
export function readable(bytes: string | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  const document = deserialize(Buffer.from(bytes, 'latin1'), {
    promoteValues: false,
    bsonRegExp: true,
  });
  return EJSON.stringify(document['v'], { relaxed: false });
}
