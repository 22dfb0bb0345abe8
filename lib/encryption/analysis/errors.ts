// Layer analysis: how a refusal is worded. Knows paths and rules; must never see a value.
// The substrings asserted by the public specification tests are kept exactly by the callers.
import { AnalysisError, type AnalysisErrorCode } from '../errors.ts';

export { AnalysisError, type AnalysisErrorCode };

/** Where a refusal happened: a field path or JSON path, and the broken rule in words. */
export interface Place {
  readonly path?: string;
  readonly rule?: string;
}

/** An `AnalysisError` whose message is the statement, then the path, then the broken rule. */
export function refusal(
  code: AnalysisErrorCode,
  statement: string,
  { path, rule }: Place = {},
): AnalysisError {
  // One official statement ends with a period: what follows is a sentence of its own.
  const at = statement.endsWith('.') ? ' At' : ', at';
  const place = path === undefined ? '' : `${at} \`${path}\``;
  return new AnalysisError(code, `${statement}${place}${rule === undefined ? '' : `: ${rule}`}`);
}
