// Layer analysis: what is known about an aggregation expression after it was read.
// Knows nothing about operators; expression.ts reads them.
import { BsonType, type Element, elements, readString } from '../../bytes/index.ts';
import { rewriteInside } from '../documents.ts';
import { refusal } from '../errors.ts';
import { describe, type Findings } from '../placeholders.ts';
import { combine } from '../schema/positions.ts';
import { plain, type Position } from '../schema/tree.ts';

/** Where an expression is evaluated: on which documents, and in which stage, for messages. */
export interface Scope {
  readonly position: Position;
  readonly where: string;
  readonly findings: Findings;
}

/** An expression, rewritten, and what it gives. */
export interface Value {
  readonly element: Element;
  readonly position: Position;
  /** Rewrites the constant that the expression is. Undefined for anything else than a constant. */
  readonly replace?: (rewrite: (constant: Element) => Element) => Element;
  /** `null`: the constant. `missing`: `$$REMOVE`. Neither can disagree about encryption. */
  readonly nothing?: 'null' | 'missing';
}

/** Evaluates an expression. Operators take it as an argument, since each can hold any other. */
export type Evaluate = (scope: Scope, expression: Element) => Value;

/** An operator that may have encrypted arguments. */
export type Operator = (scope: Scope, operator: Element, evaluate: Evaluate) => Value;

/** The field path that an expression is, or else the operator that it stands under. */
export function pathOf({ type, key, value }: Element, operator = key): string {
  const text = type === BsonType.string ? readString(value) : '';
  return text.startsWith('$') ? text.replace(/^\$(?:\$(?:ROOT|CURRENT)\.)?/, '') : operator;
}

/** A refusal that names the stage, the path and why. */
export function refuseUse({ where }: Scope, path: string, rule: string): Error {
  return refusal('pipeline', `An expression in ${where} cannot use encrypted fields`, {
    path,
    rule,
  });
}

/** The expression, if it has nothing encrypted in it. Throws `AnalysisError` (`pipeline`). */
export function requirePlain(
  scope: Scope,
  evaluate: Evaluate,
  expression: Element,
  operator: string,
): Element {
  const { element, position } = evaluate(scope, expression);
  if (position.kind === 'plain') return element;
  const rule = `${describe(position)}, and \`${operator}\` needs plaintext`;
  throw refuseUse(scope, pathOf(expression, operator), rule);
}

/** What is known when any of the values may be the result. */
export function anyOf(values: readonly Value[]): Position {
  const why = 'its alternatives do not agree on the encryption';
  const [first, ...others] = values.filter(({ nothing }) => !nothing);
  if (!first) return plain;
  return others.reduce<Position>(
    (all, { position }) => combine(all, position, why),
    first.position,
  );
}

/** The members of an object that is no operator. Throws `AnalysisError` (`pipeline`). */
export function readMembers(
  scope: Scope,
  object: Element,
  evaluate: Evaluate,
): { element: Element; members: Map<string, Value> } {
  const members = new Map<string, Value>();
  const element = rewriteInside(object, (member) => {
    if (member.key.startsWith('$') || member.key.includes('.') || members.has(member.key)) {
      throw refuseUse(scope, member.key, 'not the name of one field of a computed object');
    }
    const value = evaluate(scope, member);
    members.set(member.key, value);
    return value.element;
  });
  return { element, members };
}

/** The constant string that an expression is, or undefined. */
export function constantText(value: Value): string | undefined {
  let text: string | undefined;
  value.replace?.((constant) => {
    if (constant.type === BsonType.string) text = readString(constant.value);
    return constant;
  });
  return text;
}

/** The elements of an operator's argument list; an operator with one argument may leave out the list. */
export function argumentsOf(operator: Element): Element[] {
  return operator.type === BsonType.array ? [...elements(operator.value)] : [operator];
}
