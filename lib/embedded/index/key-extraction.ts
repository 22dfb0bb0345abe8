// Index layer: the index keys of one document, from its raw BSON. An array at or on the way to an indexed field
// gives one key per element ("multikey"). It must not know of queries or storage.
import { CommandError } from '../errors.ts';
import { BSON_BYTE, ElementReader, findElement, type ValueRef } from './bson-elements.ts';
import { KeyWriter } from './key-writer.ts';
import { RANK, writeValue } from './value-key.ts';

/** One field of an index: its path, cut at the dots, in UTF-8, and its direction. */
export interface KeyField {
  readonly path: readonly Uint8Array[];
  readonly descending: boolean;
}

export interface ExtractedKeys {
  /** Without duplicates. Empty if a sparse index leaves the document out. */
  readonly keys: readonly Uint8Array[];
  /** Positions of the fields that met an array. */
  readonly multikey: readonly number[];
}

/** What one field has come to on the walk through a document. */
type State =
  | { readonly kind: 'value'; readonly value: ValueRef }
  | { readonly kind: 'missing' }
  | { readonly kind: 'emptyArray' }
  | { readonly kind: 'array'; readonly value: ValueRef; readonly depth: number };

const MISSING: State = { kind: 'missing' };
const writer = new KeyWriter();

/**
 * The keys of the document in `bytes`. Throws CommandError CannotIndexParallelArrays if two fields of one index
 * meet different arrays.
 */
export function extractKeys(
  fields: readonly KeyField[],
  bytes: Uint8Array,
  sparse: boolean,
): ExtractedKeys {
  const root: ValueRef = { type: BSON_BYTE.object, bytes, offset: 0 };
  const keys: Uint8Array[] = [];
  const multikey = new Set<number>();
  const states = fields.map(({ path }) => walk(root, path, 0));
  expand(fields, states, sparse, keys, multikey);
  return { keys: keys.length > 1 ? withoutDuplicates(keys) : keys, multikey: [...multikey].sort() };
}

/** Follows `path` from its position `depth` on, down to a value or to the first array. */
function walk(from: ValueRef, path: readonly Uint8Array[], depth: number): State {
  let value = from;
  for (let i = depth; i < path.length; i++) {
    if (value.type === BSON_BYTE.array) return { kind: 'array', value, depth: i };
    const name = path[i];
    if (value.type !== BSON_BYTE.object || !name) return MISSING;
    const found = findElement(value.bytes, value.offset, name);
    if (!found) return MISSING;
    value = found;
  }
  if (value.type === BSON_BYTE.array) return { kind: 'array', value, depth: path.length };
  return { kind: 'value', value };
}

function expand(
  fields: readonly KeyField[],
  states: readonly State[],
  sparse: boolean,
  keys: Uint8Array[],
  multikey: Set<number>,
): void {
  const array = theArray(states);
  if (!array) {
    if (!sparse || states.some((state) => state.kind !== 'missing'))
      keys.push(compose(fields, states));
    return;
  }
  const next = (resolve: (path: readonly Uint8Array[], depth: number) => State) =>
    states.map((state, i) => {
      if (state.kind !== 'array') return state;
      multikey.add(i);
      return resolve(fields[i]?.path ?? [], state.depth);
    });
  const reader = new ElementReader(array.bytes, array.offset);
  let empty = true;
  while (reader.advance()) {
    empty = false;
    const element = reader.value();
    expand(
      fields,
      next((path, depth) => ofElement(element, path, depth)),
      sparse,
      keys,
      multikey,
    );
  }
  if (!empty) return;
  const none = next((path, depth) => (depth === path.length ? { kind: 'emptyArray' } : MISSING));
  expand(fields, none, sparse, keys, multikey);
}

/** An array inside an array is indexed as a whole and not searched for field names. */
function ofElement(element: ValueRef, path: readonly Uint8Array[], depth: number): State {
  if (depth === path.length) return { kind: 'value', value: element };
  return element.type === BSON_BYTE.object ? walk(element, path, depth) : MISSING;
}

function theArray(states: readonly State[]): ValueRef | undefined {
  let array: ValueRef | undefined;
  for (const state of states) {
    if (state.kind !== 'array') continue;
    if (array && array.offset !== state.value.offset) {
      throw new CommandError('CannotIndexParallelArrays', 'cannot index parallel arrays');
    }
    array = state.value;
  }
  return array;
}

function compose(fields: readonly KeyField[], states: readonly State[]): Uint8Array {
  writer.reset();
  states.forEach((state, i) => {
    const start = writer.length;
    if (state.kind === 'value') writeValue(writer, state.value);
    else writer.byte(state.kind === 'emptyArray' ? RANK.emptyArray : RANK.null);
    if (fields[i]?.descending) writer.invert(start);
  });
  return writer.take();
}

function withoutDuplicates(keys: readonly Uint8Array[]): Uint8Array[] {
  const seen = new Set<string>();
  return keys.filter((key) => {
    const text = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}
