// Layer analysis: whole documents that a command stores (insert, replacement).
// Encrypts in place; knows what the server would change in a document after encryption.
import { BsonType, type Element, elements } from '../bytes/index.ts';
import { refusal } from './errors.ts';
import { documentKeyAltNames } from './pins.ts';
import { type Findings, type KeyAltNames, placeholder } from './placeholders.ts';
import { memberPosition } from './schema/positions.ts';
import type { Encryption, Position } from './schema/tree.ts';
import { rewriteFields } from './write.ts';

/**
 * A marking for a value that is stored. Timestamp(0, 0) is refused: the server would replace it with
 * its own clock if it could see it. Throws `AnalysisError`.
 */
export function storedPlaceholder(
  encryption: Encryption,
  element: Element,
  path: string,
  keyAltNames: KeyAltNames,
  findings: Findings,
): Element {
  if (element.type === BsonType.timestamp && element.value.every((byte) => byte === 0)) {
    throw refusal(
      'value',
      'A command that inserts cannot supply Timestamp(0, 0) for an encrypted field',
      { path },
    );
  }
  return placeholder(encryption, element, path, keyAltNames, findings);
}

/** Whether the schema encrypts `_id` itself, so that the server cannot be left to choose it. */
export function encryptsId(position: Position): boolean {
  return position.kind === 'prefix' && memberPosition(position, '_id', '_id').kind === 'encrypted';
}

/** Throws `AnalysisError` (`value`): the server would generate an `_id` in clear. */
export function requireSuppliedId(position: Position, supplied: boolean): void {
  if (supplied || !encryptsId(position)) return;
  throw refusal('value', 'A document with an encrypted `_id` must supply it', {
    path: '_id',
    rule: 'the server would generate one in clear',
  });
}

/** Encrypts a whole document with the given key alt names. Throws `AnalysisError`. */
export function rewriteStored(
  position: Position,
  document: Uint8Array,
  keyAltNames: KeyAltNames,
  findings: Findings,
): Uint8Array {
  if (position.kind !== 'prefix') return document;
  return rewriteFields(position, document, (encryption, element, path) =>
    storedPlaceholder(encryption, element, path, keyAltNames, findings),
  );
}

/** Whether a document has a top-level field. */
export function hasField(document: Uint8Array, name: string): boolean {
  for (const { key } of elements(document)) if (key === name) return true;
  return false;
}

/** Encrypts a document that is inserted. Throws `AnalysisError` (rules D.4). */
export function rewriteInserted(
  position: Position,
  document: Uint8Array,
  findings: Findings,
): Uint8Array {
  requireSuppliedId(position, hasField(document, '_id'));
  return rewriteStored(position, document, documentKeyAltNames(document), findings);
}
