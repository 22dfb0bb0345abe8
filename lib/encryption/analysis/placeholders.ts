// Layer analysis: turns one constant into a marking (BinData subtype 6, blob type 0).
// Knows the type rules of an encrypted field; the state machine encrypts the markings later.
import { BsonType, type Element, encodeBinary, readBinary, typeName } from '../bytes/index.ts';
import { encryptedSubtype, type KeyReference, serializeMarking } from '../format/index.ts';
import { refusal } from './errors.ts';
import type { JsonPointer } from './pointers.ts';
import { takesType } from './schema/encrypt.ts';
import type { Encryption, Position } from './schema/tree.ts';

/** Resolves a JSON pointer `keyId` to a key alt name, or throws `AnalysisError`. */
export type KeyAltNames = (pointer: JsonPointer, path: string) => string;

/** What the analysis of one command has found so far. */
export interface Findings {
  placeholders: number;
  /** Set once a constant that a collation would compare as text was encrypted in a query. */
  comparedText: boolean;
}

export function newFindings(): Findings {
  return { placeholders: 0, comparedText: false };
}

/** No key can be chosen: used where there is no document that a pointer could lead into. */
export const noKeyAltNames: KeyAltNames = (pointer, path) => {
  throw refusal('update', 'A non-static (JSONPointer) keyId is not supported', {
    path,
    rule: `the filter must pin \`${pointer.components.join('.')}\` to one string`,
  });
};

function expected({ algorithm, types }: Encryption): string {
  const names = types ? [...types].map((type) => typeName(type)).join(', ') : 'an encryptable type';
  return `the schema encrypts ${names} with ${algorithm}`;
}

/** Exact types (rules D.7): int 1 is not long 1, and a ciphertext is never encrypted again. */
function requireFieldType(encryption: Encryption, { type, value }: Element, path: string): void {
  if (type === BsonType.binData && readBinary(value).subtype === encryptedSubtype) {
    throw refusal('value', 'Cannot encrypt element of type: binData of subtype 6', {
      path,
      rule: 'the field is encrypted automatically, so it cannot take an encrypted value',
    });
  }
  const allowed = encryption.types?.has(type) ?? takesType(encryption.algorithm, type);
  if (allowed) return;
  throw refusal('value', `Cannot encrypt element of type: ${typeName(type)}`, {
    path,
    rule: expected(encryption),
  });
}

/** The element with its value replaced by a marking. Throws `AnalysisError` (`value`). */
export function placeholder(
  encryption: Encryption,
  element: Element,
  path: string,
  keyAltNames: KeyAltNames,
  findings: Findings,
): Element {
  requireFieldType(encryption, element, path);
  const { algorithm, keyId } = encryption;
  const key: KeyReference =
    keyId.kind === 'uuid' ? { keyId: keyId.id } : { keyAltName: keyAltNames(keyId.pointer, path) };
  const { type, value } = element;
  const blob = serializeMarking({ algorithm, key, type, value });
  findings.placeholders += 1;
  return {
    type: BsonType.binData,
    key: element.key,
    value: encodeBinary(encryptedSubtype, blob),
  };
}

/**
 * Whether no plaintext of the field can have members or positions. Where it can, a path below the
 * field means something before encryption and nothing after it.
 */
export function isScalarOnly({ types }: Encryption): boolean {
  return types !== null && !types.has(BsonType.object) && !types.has(BsonType.array);
}

/** A position in words, for messages. */
export function describe(position: Position): string {
  switch (position.kind) {
    case 'encrypted':
      return 'the field is encrypted';
    case 'prefix':
      return 'the object has encrypted fields';
    case 'below':
      return 'the path leads into an encrypted value';
    case 'array':
      return 'the array has encrypted values';
    case 'unknown':
      return position.why;
    case 'plain':
      return 'the field is not encrypted';
  }
}
