// Layer analysis: update operators (`$set`, `$unset`, ...) on encrypted fields (rules D.4).
// One table says what each operator may do; everything unknown is refused.
import { BsonType, type Element, readString } from '../bytes/index.ts';
import { requireObject, rewriteDocument, withValue } from './documents.ts';
import { refusal } from './errors.ts';
import { storedPlaceholder } from './insert.ts';
import { isFlag } from './match-operators.ts';
import { describe, type Findings, type KeyAltNames } from './placeholders.ts';
import { resolveComponents } from './schema/resolve.ts';
import { plain, type Position, sameEncryption } from './schema/tree.ts';
import { rewriteObject } from './write.ts';

const arrayUpdate = 'Array update operations not allowed on encrypted values';

/**
 * What the schema says about a path that is written. Positional components select array elements,
 * and encrypted fields are never below an array. Throws `AnalysisError` (`update`).
 */
export function resolveWritten(position: Position, path: string): Position {
  if (position.kind === 'plain') return plain;
  const components = path.split('.');
  const positional = components.findIndex((name) => name.startsWith('$'));
  if (positional === -1) return resolveComponents(position, components, path);
  const above = resolveComponents(position, components.slice(0, positional), path);
  if (above.kind === 'plain') return plain;
  const statement =
    components[positional] === '$'
      ? "Cannot encrypt fields below '$' positional update operator"
      : arrayUpdate;
  throw refusal('update', statement, { path, rule: describe(above) });
}

function refuseBelow(path: string, rule: string): Error {
  return refusal('update', 'Cannot update a part of an encrypted field', { path, rule });
}

type Rewrite = (
  target: Exclude<Position, { kind: 'plain' }>,
  element: Element,
  context: {
    readonly position: Position;
    readonly keyAltNames: KeyAltNames;
    readonly findings: Findings;
  },
) => Element;

const set: Rewrite = (target, element, { keyAltNames, findings }) => {
  const path = element.key;
  switch (target.kind) {
    case 'encrypted':
      return storedPlaceholder(target.encryption, element, path, keyAltNames, findings);
    case 'prefix':
      return rewriteObject(
        target,
        element,
        (encryption, member, place) =>
          storedPlaceholder(encryption, member, place, keyAltNames, findings),
        path,
      );
    default:
      throw refuseBelow(path, describe(target));
  }
};

/** The operand means nothing to the server, yet it would travel in clear. */
const unset: Rewrite = (target, element) => {
  const path = element.key;
  if (target.kind === 'below') throw refuseBelow(path, describe(target));
  const empty =
    element.type === BsonType.null ||
    (element.type === BsonType.string && readString(element.value) === '');
  if (empty || isFlag(element)) return element;
  throw refusal('update', 'Expected an empty string for $unset', { path });
};

function refuseRename(path: string): Error {
  return refusal(
    'update',
    '$rename between two encrypted fields must have the same metadata or both be unencrypted',
    { path },
  );
}

function requireRename(position: Position, element: Element): Element {
  const path = element.key;
  if (element.type !== BsonType.string) {
    throw refusal('update', 'Expected a field name for $rename', { path });
  }
  const source = resolveWritten(position, path);
  const target = resolveWritten(position, readString(element.value));
  if (source.kind === 'plain' && target.kind === 'plain') return element;
  const same =
    source.kind === 'encrypted' &&
    target.kind === 'encrypted' &&
    sameEncryption(source.encryption, target.encryption);
  if (!same) throw refuseRename(path);
  return element;
}

function refused(statement: string): Rewrite {
  return (target, element) => {
    throw refusal('update', statement, { path: element.key, rule: describe(target) });
  };
}

const operators: ReadonlyMap<string, Rewrite> = new Map<string, Rewrite>([
  ['$set', set],
  ['$setOnInsert', set],
  ['$unset', unset],
  ['$rename', (_target, element, { position }) => requireRename(position, element)],
  ['$inc', refused('$inc and $mul not allowed on encrypted values')],
  ['$mul', refused('$inc and $mul not allowed on encrypted values')],
  ['$min', refused('$max and $min not allowed on encrypted values')],
  ['$max', refused('$max and $min not allowed on encrypted values')],
  ...['$addToSet', '$bit', '$currentDate', '$pop', '$pull', '$pullAll', '$push'].map(
    (name): [string, Rewrite] => [name, refused(`${name} not allowed on encrypted values`)],
  ),
]);

/** Rewrites an update document of operators. Throws `AnalysisError` (`update`). */
export function rewriteOperators(
  position: Position,
  update: Uint8Array,
  keyAltNames: KeyAltNames,
  findings: Findings,
): Uint8Array {
  const context = { position, keyAltNames, findings };
  return rewriteDocument(update, (operator) => {
    const rewrite = operators.get(operator.key);
    if (!rewrite) {
      const statement = `Update operator not supported with encrypted fields: ${operator.key}`;
      throw refusal('update', statement);
    }
    const fields = requireObject(operator, 'update', operator.key);
    return withValue(
      operator,
      rewriteDocument(fields, (field) => {
        if (operator.key === '$rename') return requireRename(position, field);
        const target = resolveWritten(position, field.key);
        return target.kind === 'plain' ? field : rewrite(target, field, context);
      }),
    );
  });
}
