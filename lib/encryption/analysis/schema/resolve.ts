// Layer analysis: from a field path to what the schema says about it.
// Conservative about array positions: an object with encrypted fields is never an array.
import { refusal } from '../errors.ts';
import { arrayOf, memberPosition, unknown } from './positions.ts';
import { plain, type Position } from './tree.ts';

const arrayIndex = /^\d+$/;

/**
 * Follows `components` from a position; `path` is for messages. A number below the root can be a
 * field name or an array index. Unless it is itself an encrypted field it is refused inside an
 * object with encrypted fields, since at an index those fields would have another path.
 * Throws `AnalysisError`.
 */
export function resolveComponents(
  start: Position,
  components: readonly string[],
  path: string,
  atRoot = true,
): Position {
  let position = start;
  for (const [index, name] of components.entries()) {
    if (position.kind === 'plain' || position.kind === 'below') return position;
    if (position.kind === 'encrypted') return { kind: 'below', encryption: position.encryption };
    if (position.kind === 'unknown')
      return unknown('the path leads into a value of two kinds', true);
    if (position.kind === 'array') {
      return arrayOf(resolveComponents(position.item, components.slice(index), path, false));
    }
    const child: Position = memberPosition(position, name, path);
    if (child.kind !== 'encrypted' && arrayIndex.test(name) && (index > 0 || !atRoot)) {
      throw refusal('query', 'Array positions are not allowed in paths with encrypted fields', {
        path,
        rule: 'an object with encrypted fields cannot be an array',
      });
    }
    position = child;
  }
  return position;
}

/** What the schema says about a dotted path of a query, a projection or an expression. */
export function resolvePath(start: Position, path: string, prefix = ''): Position {
  if (start.kind === 'plain') return plain;
  return resolveComponents(start, path.split('.'), prefix + path, prefix === '');
}
