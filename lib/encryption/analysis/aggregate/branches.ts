// Layer analysis: `$cond`, `$switch`, `$ifNull` and `$let`. They may give encrypted values; what decides
// between them must be plain.
import { BsonType, type Element } from '../../bytes/index.ts';
import { requireArray, requireObject, rewriteInside } from '../documents.ts';
import { describe } from '../placeholders.ts';
import {
  anyOf,
  type Evaluate,
  type Operator,
  pathOf,
  refuseUse,
  requirePlain,
  type Scope,
  type Value,
} from './value.ts';

/** Reads every argument: results are kept in `results`, everything else must be plain. */
function reader(scope: Scope, operator: string, evaluate: Evaluate) {
  const results: Value[] = [];
  return {
    results,
    result: (expression: Element): Element => {
      const value = evaluate(scope, expression);
      results.push(value);
      return value.element;
    },
    // An int 0 is false, its ciphertext is true: a condition cannot be an encrypted value.
    condition: (expression: Element) => requirePlain(scope, evaluate, expression, operator),
  };
}

const cond: Operator = (scope, operator, evaluate) => {
  const { results, result, condition } = reader(scope, '$cond', evaluate);
  const decides = operator.type === BsonType.array ? '0' : 'if';
  requireStructure(scope, operator);
  const element = rewriteInside(operator, (argument) =>
    argument.key === decides ? condition(argument) : result(argument),
  );
  return { element, position: anyOf(results) };
};

const switchCase: Operator = (scope, operator, evaluate) => {
  const { results, result, condition } = reader(scope, '$switch', evaluate);
  requireObject(operator, 'pipeline', operator.key);
  const element = rewriteInside(operator, (member) => {
    if (member.key !== 'branches') return result(member);
    requireArray(member, 'pipeline', '$switch.branches');
    return rewriteInside(member, (branch) => {
      requireObject(branch, 'pipeline', '$switch.branches');
      return rewriteInside(branch, (part) =>
        part.key === 'case' ? condition(part) : result(part),
      );
    });
  });
  return { element, position: anyOf(results) };
};

/** Encrypted or not, the same values are null or missing. */
const ifNull: Operator = (scope, operator, evaluate) => {
  const { results, result } = reader(scope, '$ifNull', evaluate);
  requireArray(operator, 'pipeline', operator.key);
  const element = rewriteInside(operator, result);
  return { element, position: anyOf(results) };
};

function requireStructure(scope: Scope, operator: Element): void {
  if (operator.type === BsonType.array || operator.type === BsonType.object) return;
  throw refuseUse(scope, operator.key, 'expected an array or an object of arguments');
}

/**
 * The variables of `$let` and of the `let` of `$lookup`. csfle.md D.5: none can hold an encrypted value,
 * nor hide what paths start from. Throws `AnalysisError` (`pipeline`).
 */
export function bindVariables(
  scope: Scope,
  variables: Element,
  operator: string,
  evaluate: Evaluate,
): Element {
  requireObject(variables, 'pipeline', operator);
  return rewriteInside(variables, (variable) => {
    if (/^[$A-Z]/.test(variable.key) || variable.key === '') {
      throw refuseUse(scope, `$$${variable.key}`, 'a variable cannot replace the document');
    }
    const { element, position } = evaluate(scope, variable);
    if (position.kind === 'plain') return element;
    const rule = `${describe(position)}, and the variable \`${variable.key}\` cannot hold it`;
    throw refuseUse(scope, pathOf(variable, operator), rule);
  });
}

const letIn: Operator = (scope, operator, evaluate) => {
  const { results, result } = reader(scope, '$let', evaluate);
  requireObject(operator, 'pipeline', operator.key);
  const element = rewriteInside(operator, (member) =>
    member.key === 'vars' ? bindVariables(scope, member, operator.key, evaluate) : result(member),
  );
  return { element, position: anyOf(results) };
};

export const branchOperators: readonly (readonly [string, Operator])[] = [
  ['$cond', cond],
  ['$switch', switchCase],
  ['$ifNull', ifNull],
  ['$let', letIn],
];
