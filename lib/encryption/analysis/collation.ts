// Layer analysis: collations. An encrypted string compares by its bytes, whatever a collation says.
// A collection's default collation is not known to the client; only explicit ones are seen here.
import { BsonType, type Element, getElement, readString } from '../bytes/index.ts';
import { refusal } from './errors.ts';
import type { Findings } from './placeholders.ts';

/** Types that a collation can make equal although their bytes differ. */
export const collated: ReadonlySet<number> = new Set<number>([
  BsonType.string,
  BsonType.symbol,
  BsonType.javascript,
]);

/** Whether a `collation` compares anything else than code points. */
export function isSimpleCollation(collation: Element | undefined): boolean {
  if (!collation) return true;
  if (collation.type !== BsonType.object) return false;
  const locale = getElement(collation.value, 'locale');
  return locale?.type === BsonType.string && readString(locale.value) === 'simple';
}

/** Throws `AnalysisError` (`query`) when a collation applies to an encrypted string. */
export function requireCollation(collation: Element | undefined, findings: Findings): void {
  if (!findings.comparedText || isSimpleCollation(collation)) return;
  throw refusal('query', 'A collation cannot apply to an encrypted string', {
    path: 'collation',
    rule: 'ciphertext compares by bytes, expected the simple collation or none',
  });
}
