// Layer analysis: one update, of an `update` statement or of findAndModify.
// Decides between operators and replacement; which key a pointer means is decided in pins.ts.
import { BsonType, type Element, elements, readString } from '../bytes/index.ts';
import { withValue } from './documents.ts';
import { refusal } from './errors.ts';
import { hasField, requireSuppliedId, rewriteStored } from './insert.ts';
import { pinnedKeyAltNames } from './pins.ts';
import type { Findings } from './placeholders.ts';
import type { Position } from './schema/tree.ts';
import { rewriteOperators } from './update-operators.ts';

export interface UpdateStatement {
  readonly filter: Uint8Array;
  readonly upsert: boolean;
  readonly collation: Element | undefined;
}

function isOperators(update: Uint8Array): boolean {
  const names = [...elements(update)].map(({ key }) => key.startsWith('$'));
  if (names.includes(true) && names.includes(false)) {
    throw refusal('update', 'An update cannot mix operators and fields', {
      rule: 'expected either update operators or a replacement document',
    });
  }
  return names.includes(true);
}

/** Every path that the operators write; `$rename` writes its target too. */
function writtenPaths(update: Uint8Array): string[] {
  const paths: string[] = [];
  for (const operator of elements(update)) {
    if (operator.type !== BsonType.object) continue;
    for (const { key, type, value } of elements(operator.value)) {
      paths.push(key);
      if (operator.key === '$rename' && type === BsonType.string) paths.push(readString(value));
    }
  }
  return paths;
}

/** Whether `$set` or `$setOnInsert` gives the `_id` of a document that an upsert creates. */
function setsId(update: Uint8Array): boolean {
  for (const { key, type, value } of elements(update)) {
    const sets = key === '$set' || key === '$setOnInsert';
    if (sets && type === BsonType.object && hasField(value, '_id')) return true;
  }
  return false;
}

/** Rewrites the `u` of a statement or the `update` of findAndModify. Throws `AnalysisError`. */
export function rewriteUpdate(
  position: Position,
  update: Element,
  statement: UpdateStatement,
  findings: Findings,
): Element {
  if (position.kind === 'plain') return update;
  if (update.type !== BsonType.object) {
    throw refusal('update', 'Pipelines are not allowed in updates of collections with encryption', {
      path: update.key,
      rule: 'expected update operators or a replacement document',
    });
  }
  const document = update.value;
  const operators = isOperators(document);
  if (statement.upsert) {
    requireSuppliedId(position, operators ? setsId(document) : hasField(document, '_id'));
  }
  const keyAltNames = pinnedKeyAltNames({
    ...statement,
    written: operators ? writtenPaths(document) : undefined,
    replacement: operators ? undefined : document,
  });
  const rewrite = operators ? rewriteOperators : rewriteStored;
  return withValue(update, rewrite(position, document, keyAltNames, findings));
}
