// Layer analysis: key patterns (`sort`, `hint`, `min`, `max`, index keys).
// Order of ciphertext means nothing; an index on ciphertext is fine.
import { BsonType, type Element, elements, readString } from '../bytes/index.ts';
import { requireObject } from './documents.ts';
import { refusal } from './errors.ts';
import { isFlag } from './match-operators.ts';
import { describe } from './placeholders.ts';
import { resolvePath } from './schema/resolve.ts';
import type { Position } from './schema/tree.ts';

/**
 * Throws `AnalysisError` (`query`) when a key pattern orders or bounds by anything that is or has an
 * encrypted field. csfle.md D.3 leaves `sort` open; a meaningless order is refused.
 */
export function requirePlainKeys(position: Position, pattern: Element, what: string): void {
  if (position.kind === 'plain') return;
  for (const { key } of elements(requireObject(pattern, 'query', what))) {
    const target = resolvePath(position, key);
    if (target.kind === 'plain') continue;
    throw refusal('query', `\`${what}\` not allowed on encrypted fields`, {
      path: key,
      rule: describe(target),
    });
  }
}

/** The index types that stand in the place of a direction. */
const indexTypes: ReadonlySet<string> = new Set(['hashed', 'text', '2d', '2dsphere']);

function isIndexType({ type, value }: Element): boolean {
  return type === BsonType.string && indexTypes.has(readString(value));
}

/**
 * Index keys and hints may name encrypted fields, but only with a direction or an index type: a
 * value in its place would be a constant in clear. Throws `AnalysisError` (`query`).
 */
export function requireIndexKeys(position: Position, pattern: Element, what: string): void {
  if (position.kind === 'plain' || pattern.type === BsonType.string) return;
  for (const element of elements(requireObject(pattern, 'query', what))) {
    if (isFlag(element) || isIndexType(element)) continue;
    if (resolvePath(position, element.key).kind === 'plain') continue;
    throw refusal('query', `Expected a direction in \`${what}\``, { path: element.key });
  }
}
