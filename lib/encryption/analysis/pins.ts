// Layer analysis: the one extension to the public rules (docs/analysis.md, "Pinned keys").
// An update whose filter fixes the field that a JSON pointer leads to has a decidable key.
import { BsonType, type Element, elements, readString } from '../bytes/index.ts';
import { isSimpleCollation } from './collation.ts';
import { isOperatorDocument } from './documents.ts';
import { refusal } from './errors.ts';
import { type KeyAltNames, noKeyAltNames } from './placeholders.ts';
import { type JsonPointer, pointedString } from './pointers.ts';

/** A component that a query path would read as something else than a field name. */
const ambiguous = /^\d+$|^\$|\.|^$/;

/** Strings that the operand of one field is compared with by equality. */
function* equalStrings(operand: Element): Generator<string, void, undefined> {
  if (operand.type === BsonType.string) yield readString(operand.value);
  if (!isOperatorDocument(operand)) return;
  for (const { key, type, value } of elements(operand.value)) {
    if (key === '$eq' && type === BsonType.string) yield readString(value);
  }
}

/** All strings that the top level of a filter, or a top-level `$and`, pins `path` to. */
function* pinnedStrings(filter: Uint8Array, path: string): Generator<string, void, undefined> {
  for (const element of elements(filter)) {
    if (element.key === path) {
      yield* equalStrings(element);
    } else if (element.key === '$and' && element.type === BsonType.array) {
      for (const branch of elements(element.value)) {
        if (branch.type === BsonType.object) yield* pinnedStrings(branch.value, path);
      }
    }
  }
}

function pinned(filter: Uint8Array, pointer: JsonPointer, fieldPath: string): string {
  const path = pointer.components.join('.');
  const usable = !pointer.components.some((component) => ambiguous.test(component));
  const [pin, ...others] = usable ? new Set(pinnedStrings(filter, path)) : [];
  if (pin === undefined) return noKeyAltNames(pointer, fieldPath);
  if (others.length === 0) return pin;
  throw refusal('update', 'The filter pins a key alt name to two different strings', { path });
}

/** What of an update statement decides about pins. */
export interface PinnedUpdate {
  readonly filter: Uint8Array;
  readonly upsert: boolean;
  readonly collation: Element | undefined;
  /** The paths that update operators write; undefined for a replacement. */
  readonly written: readonly string[] | undefined;
  /** The replacement document; undefined for update operators. */
  readonly replacement: Uint8Array | undefined;
}

/** Whether writing `path` can change what is at the pointer: the same, above or below. */
function touches(path: string, pointer: JsonPointer): boolean {
  const names = path.split('.');
  const positional = names.findIndex((name) => name.startsWith('$'));
  const known = positional === -1 ? names : names.slice(0, positional);
  const shared = Math.min(known.length, pointer.components.length);
  return known.slice(0, shared).every((name, index) => name === pointer.components[index]);
}

/**
 * Key alt names for the fields that an update writes. They are known when it cannot insert, its
 * filter pins the pointed-to field, and the update leaves that field alone (a replacement repeats it).
 * The result throws `AnalysisError` (`update`) otherwise.
 */
export function pinnedKeyAltNames(update: PinnedUpdate): KeyAltNames {
  const { filter, upsert, collation, written, replacement } = update;
  const known = new Map<string, string>();
  const resolve: KeyAltNames = (pointer, path) => {
    if (upsert) return noKeyAltNames(pointer, path);
    const pin = pinned(filter, pointer, path);
    if (!isSimpleCollation(collation)) {
      throw refusal('update', 'A collation cannot apply to a pinned key alt name', { path });
    }
    const changed =
      written?.some((target) => touches(target, pointer)) ??
      (replacement !== undefined && pointedString(replacement, pointer) !== pin);
    if (!changed) return pin;
    throw refusal('update', 'A non-static (JSONPointer) keyId is not supported', {
      path,
      rule: `the update itself changes \`${pointer.components.join('.')}\``,
    });
  };
  return (pointer, path) => {
    const pin = known.get(pointer.text) ?? resolve(pointer, path);
    known.set(pointer.text, pin);
    return pin;
  };
}

/** Key alt names of a document that is inserted: the pointers lead into the document itself. */
export function documentKeyAltNames(document: Uint8Array): KeyAltNames {
  const known = new Map<string, string>();
  return (pointer) => {
    const name = known.get(pointer.text) ?? pointedString(document, pointer);
    known.set(pointer.text, name);
    return name;
  };
}
