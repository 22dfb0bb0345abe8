// Layer analysis: `$eq`, `$ne` and `$in` in expressions. The truth of each on ciphertext is the truth on
// plaintext, or it is refused.
import { BsonType, type Element, elements } from '../../bytes/index.ts';
import { collated } from '../collation.ts';
import { isOperatorDocument, rewriteInside } from '../documents.ts';
import { rewriteEquality, rewriteMember } from '../match-operators.ts';
import { describe, type Findings } from '../placeholders.ts';
import { type Encryption, plain, sameEncryption } from '../schema/tree.ts';
import {
  type Evaluate,
  type Operator,
  pathOf,
  refuseUse,
  type Scope,
  type Value,
} from './value.ts';

/** Whether equal values have equal ciphertexts, with one key in all documents. */
export function isComparable({ algorithm, keyId }: Encryption): boolean {
  return algorithm === 'Deterministic' && keyId.kind === 'uuid';
}

/** Notes that ciphertexts of these types were compared, for the check of the collation. */
export function noteCompared({ types }: Encryption, findings: Findings): void {
  if ([...(types ?? [])].some((type) => collated.has(type))) findings.comparedText = true;
}

/** Whether two encrypted values can be compared. Notes the comparison when they can. */
export function canCompare(a: Encryption, b: Encryption, findings: Findings): boolean {
  if (!isComparable(a) || !sameEncryption(a, b)) return false;
  noteCompared(a, findings);
  return true;
}

function refuseComparison(scope: Scope, operator: string, operand: Element, rule: string): Error {
  const needs = 'expected an encrypted field and a constant, or two fields with the same metadata';
  return refuseUse(scope, pathOf(operand, operator), `${rule}, and \`${operator}\` ${needs}`);
}

/** One operand, given the other. */
function compared(
  scope: Scope,
  operator: string,
  operand: Element,
  value: Value,
  other: Value,
): Element {
  const { position, element } = value;
  if (other.position.kind !== 'encrypted') {
    // The other operand is looked at in its own turn.
    if (position.kind === 'plain' || position.kind === 'encrypted') return element;
    throw refuseComparison(scope, operator, operand, describe(position));
  }
  const { encryption } = other.position;
  if (value.replace) {
    const path = pathOf(other.element, operator);
    return value.replace((constant) => rewriteEquality(encryption, constant, path, scope.findings));
  }
  if (position.kind === 'encrypted') {
    if (canCompare(position.encryption, encryption, scope.findings)) return element;
    const rule = isComparable(encryption)
      ? 'the metadata of the two fields differ'
      : 'equal values have different ciphertexts';
    throw refuseComparison(scope, operator, operand, rule);
  }
  throw refuseComparison(scope, operator, operand, 'one side is encrypted and the other is not');
}

const equality: Operator = (scope, operator, evaluate) => {
  const operands = operator.type === BsonType.array ? [...elements(operator.value)] : [];
  const [left, right] = operands;
  if (!left || !right || operands.length > 2) {
    throw refuseUse(scope, operator.key, 'expected two operands');
  }
  const [a, b] = [evaluate(scope, left), evaluate(scope, right)];
  const rewritten = new Map([
    [left.key, compared(scope, operator.key, left, a, b)],
    [right.key, compared(scope, operator.key, right, b, a)],
  ]);
  const element = rewriteInside(operator, (operand) => rewritten.get(operand.key) ?? operand);
  return { element, position: plain };
};

/** The array of constants that an encrypted field is looked for in. */
function rewriteCandidates(
  scope: Scope,
  encryption: Encryption,
  candidates: Element,
  path: string,
  evaluate: Evaluate,
): Element {
  const encrypt = (constant: Element) => rewriteMember(encryption, constant, path, scope.findings);
  if (candidates.type === BsonType.array) {
    return rewriteInside(candidates, (candidate) => {
      const { replace } = evaluate(scope, candidate);
      if (replace) return replace(encrypt);
      throw refuseUse(scope, path, '`$in` on an encrypted field needs constants');
    });
  }
  if (isOperatorDocument(candidates)) {
    const [literal] = elements(candidates.value);
    const { replace } = evaluate(scope, candidates);
    if (replace && literal?.type === BsonType.array) {
      return replace((array) => rewriteInside(array, encrypt));
    }
  }
  throw refuseUse(scope, path, '`$in` on an encrypted field needs an array of constants');
}

const membership: Operator = (scope, operator, evaluate) => {
  const operands = operator.type === BsonType.array ? [...elements(operator.value)] : [];
  const [needle, candidates] = operands;
  if (!needle || !candidates || operands.length > 2) {
    throw refuseUse(scope, operator.key, 'expected two operands');
  }
  const { element: wanted, position } = evaluate(scope, needle);
  let listed: Element;
  if (position.kind === 'encrypted') {
    const path = pathOf(needle, operator.key);
    listed = rewriteCandidates(scope, position.encryption, candidates, path, evaluate);
  } else {
    const { element, position: inside } = evaluate(scope, candidates);
    const [operand, found] = position.kind === 'plain' ? [candidates, inside] : [needle, position];
    if (found.kind !== 'plain') {
      throw refuseComparison(scope, operator.key, operand, describe(found));
    }
    listed = element;
  }
  const rewritten = new Map([
    [needle.key, wanted],
    [candidates.key, listed],
  ]);
  const element = rewriteInside(operator, (operand) => rewritten.get(operand.key) ?? operand);
  return { element, position: plain };
};

/** The only operators that compare encrypted values. */
export const comparisons: readonly (readonly [string, Operator])[] = [
  ['$eq', equality],
  ['$ne', equality],
  ['$in', membership],
];
