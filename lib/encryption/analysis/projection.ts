// Layer analysis: which parts of documents a projection may select. Including or excluding an encrypted
// field is harmless; what a projection computes is decided in aggregate/project.ts.
import { BsonType, type Element, elements } from '../bytes/index.ts';
import { requireObject } from './documents.ts';
import { refusal } from './errors.ts';
import { isFlag } from './match-operators.ts';
import { isScalarOnly } from './placeholders.ts';
import { resolveComponents } from './schema/resolve.ts';
import { plain, type Position } from './schema/tree.ts';

/**
 * What a projected path leads to. Positional components select array elements, and encrypted fields
 * are never below an array. Throws `AnalysisError` (`query`).
 */
export function selected(
  position: Position,
  components: readonly string[],
  path: string,
): Position {
  const positional = components.findIndex((name) => name.startsWith('$'));
  if (positional === -1) return resolveComponents(position, components, path);
  const above = resolveComponents(position, components.slice(0, positional), path);
  if (above.kind === 'plain') return plain;
  throw refusal('query', 'A positional projection cannot select from encrypted fields', { path });
}

/**
 * A part of a ciphertext cannot be selected: the reply would have too little or too much.
 * Throws `AnalysisError` (`query`).
 */
export function requireSelectable(found: Position, path: string): void {
  const inside =
    (found.kind === 'below' && !isScalarOnly(found.encryption)) ||
    (found.kind === 'unknown' && found.inside);
  if (!inside) return;
  throw refusal('query', 'A projection cannot select a part of an encrypted field', { path });
}

/**
 * A projection that is kept on the server (`wildcardProjection`): it selects, and computes nothing.
 * Throws `AnalysisError`.
 */
export function requireSelection(
  position: Position,
  projection: Element,
  where: string,
  above: readonly string[] = [],
): void {
  if (position.kind === 'plain') return;
  for (const element of elements(requireObject(projection, 'query', where))) {
    const components = [...above, ...element.key.split('.')];
    const path = components.join('.');
    if (isFlag(element)) {
      requireSelectable(selected(position, components, path), path);
    } else if (element.type === BsonType.object) {
      requireSelection(position, element, where, components);
    } else {
      throw refusal('query', `Expected a flag in \`${where}\``, { path });
    }
  }
}
