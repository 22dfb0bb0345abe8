// Pipeline layer: $redact. The expression is evaluated for the document and again for every embedded document
// that it descends into; field paths are then those of the embedded one.
import { randomUUID } from 'node:crypto';

import { CommandError } from '../../errors.ts';
import { compileValue } from '../expression.ts';
import { define } from '../promote.ts';
import { type Document, isDocument } from '../values.ts';
import type { StageCompiler } from './stage.ts';

type Decide = (document: Document) => unknown;

/** The three system variables get names and values of our own: a stored string `$$KEEP` decides nothing. */
interface Decisions {
  readonly keep: string;
  readonly prune: string;
  readonly descend: string;
}

export const redact: StageCompiler = (operand, context) => {
  const decisions = { keep: randomUUID(), prune: randomUUID(), descend: randomUUID() };
  const variables = {
    ...context.variables,
    redactKeep: decisions.keep,
    redactPrune: decisions.prune,
    redactDescend: decisions.descend,
  };
  const decide = compileValue(renamed(operand), variables);
  return function* run(documents): Generator<Document> {
    for (const document of documents) {
      const result = redacted(document, decide, decisions);
      if (result) yield result;
    }
  };
};

const NAMES: ReadonlyMap<string, string> = new Map([
  ['$$KEEP', '$$redactKeep'],
  ['$$PRUNE', '$$redactPrune'],
  ['$$DESCEND', '$$redactDescend'],
]);

function renamed(operand: unknown): unknown {
  if (typeof operand === 'string') {
    // mingo would give the embedded document, MongoDB the one at the top.
    if (/^\$\$ROOT(\.|$)/.test(operand)) {
      throw new CommandError('CommandNotSupported', '$$ROOT is not supported in $redact');
    }
    return NAMES.get(operand) ?? operand;
  }
  if (Array.isArray(operand)) return operand.map(renamed);
  if (!isDocument(operand) || '$literal' in operand) return operand;
  return Object.fromEntries(Object.entries(operand).map(([name, value]) => [name, renamed(value)]));
}

/** The document without what is pruned; undefined where it is pruned itself. */
function redacted(document: Document, decide: Decide, names: Decisions): Document | undefined {
  switch (decide(document)) {
    case names.keep:
      return document;
    case names.prune:
      return undefined;
    case names.descend:
      break;
    default:
      throw new CommandError(
        'Location17053',
        "$redact's expression should not return anything aside from the variables $$KEEP, $$DESCEND, and $$PRUNE",
      );
  }
  const result: Document = {};
  for (const [name, value] of Object.entries(document)) {
    const inner = within(value, decide, names);
    if (inner !== undefined) define(result, name, inner);
  }
  return result;
}

function within(value: unknown, decide: Decide, names: Decisions): unknown {
  if (Array.isArray(value)) {
    return value
      .map((item: unknown) => within(item, decide, names))
      .filter((item) => item !== undefined);
  }
  return isDocument(value) ? redacted(value, decide, names) : value;
}
