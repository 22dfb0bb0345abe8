// Layer analysis: aggregation expressions (rules D.5). Reads an expression, encrypts the constants that
// are compared with encrypted fields, and tells what comes out of it.
import { BsonType, type Element, elements, readString } from '../../bytes/index.ts';
import { isOperatorDocument, rewriteInside } from '../documents.ts';
import { refusal } from '../errors.ts';
import { describe } from '../placeholders.ts';
import { arrayOf, objectOf } from '../schema/positions.ts';
import { resolvePath } from '../schema/resolve.ts';
import { plain, type Position } from '../schema/tree.ts';
import { arrayOperators } from './array-operators.ts';
import { branchOperators } from './branches.ts';
import { comparisons } from './comparisons.ts';
import { objectOperators } from './object-operators.ts';
import { plainOperators } from './plain-operators.ts';
import {
  anyOf,
  type Evaluate,
  type Operator,
  readMembers,
  refuseUse,
  requirePlain,
  type Scope,
  type Value,
} from './value.ts';

/** System variables that hold nothing of the document. */
const systemVariables: ReadonlySet<string> = new Set([
  'NOW',
  'CLUSTER_TIME',
  'USER_ROLES',
  'DESCEND',
  'PRUNE',
  'KEEP',
]);

const literal: Operator = (_scope, operator) => ({
  element: operator,
  position: plain,
  replace: (rewrite) => rewrite(operator),
  ...(operator.type === BsonType.null ? { nothing: 'null' } : {}),
});

const followed: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['$literal', literal],
  ['$const', literal],
  ...comparisons,
  ...branchOperators,
  ...objectOperators,
  ...arrayOperators,
]);

function readPath(scope: Scope, element: Element, path: string): Value {
  const position = resolvePath(scope.position, path);
  const inside = position.kind === 'unknown' && position.inside;
  if (position.kind === 'below' || inside) throw refuseUse(scope, path, describe(position));
  return { element, position };
}

/** `$$name.path`. Variables of `let` and of the command hold nothing encrypted, or were refused. */
function readVariable(scope: Scope, element: Element, text: string): Value {
  const dot = text.indexOf('.');
  const variable = dot === -1 ? text : text.slice(0, dot);
  if (variable === 'ROOT' || variable === 'CURRENT') {
    if (dot === -1) return { element, position: scope.position };
    return readPath(scope, element, text.slice(dot + 1));
  }
  if (variable === 'REMOVE') return { element, position: plain, nothing: 'missing' };
  if (/^[A-Z]/.test(variable) && !systemVariables.has(variable)) {
    throw refuseUse(scope, `$$${variable}`, 'the variable is not known');
  }
  return { element, position: plain };
}

function readText(scope: Scope, element: Element): Value {
  const text = readString(element.value);
  if (text.startsWith('$$')) return readVariable(scope, element, text.slice(2));
  if (text.startsWith('$')) return readPath(scope, element, text.slice(1));
  return { element, position: plain, replace: (rewrite) => rewrite(element) };
}

function readArray(scope: Scope, array: Element): Value {
  const items: Value[] = [];
  const element = rewriteInside(array, (item) => {
    const value = evaluate(scope, item);
    items.push(value);
    return value.element;
  });
  return { element, position: arrayOf(anyOf(items)) };
}

function readObject(scope: Scope, object: Element): Value {
  const { element, members } = readMembers(scope, object, evaluate);
  const own = [...members].map(([name, { position }]): [string, Position] => [name, position]);
  return { element, position: objectOf(new Map(own)) };
}

/** Named arguments (`$map`, `$dateToString`, ...) are expressions in an object. */
function readPlainArguments(scope: Scope, operator: Element): Element {
  const one = (argument: Element) => requirePlain(scope, evaluate, argument, operator.key);
  const named = operator.type === BsonType.object && !isOperatorDocument(operator);
  if (!named && operator.type !== BsonType.array) return one(operator);
  return rewriteInside(operator, (argument) => {
    if (named && argument.key === 'as') requireVariable(scope, argument);
    return one(argument);
  });
}

/** `$map` and `$filter` could name their variable CURRENT: then every path means something else. */
function requireVariable(scope: Scope, name: Element): void {
  const text = name.type === BsonType.string ? readString(name.value) : '';
  if (text === '' || /^[$A-Z]/.test(text)) {
    throw refuseUse(scope, name.key, 'expected the name of a new variable');
  }
}

/** Servers read arguments by their order; names that say another one would make the two disagree. */
function requireArgumentOrder(scope: Scope, operator: Element): void {
  let index = 0;
  for (const { key } of elements(operator.value)) {
    if (key !== String(index)) {
      throw refuseUse(scope, operator.key, 'expected arguments in an array that counts from 0');
    }
    index += 1;
  }
}

function readOperator(scope: Scope, expression: Element): Value {
  const [operator, ...others] = elements(expression.value);
  if (!operator || others.length > 0) {
    throw refuseUse(scope, operator?.key ?? scope.where, 'expected one operator in an expression');
  }
  if (operator.type === BsonType.array) requireArgumentOrder(scope, operator);
  const read = followed.get(operator.key);
  if (!read && !plainOperators.has(operator.key)) {
    const statement = `Expression operator not supported with encrypted fields: ${operator.key}`;
    throw refusal('pipeline', statement, { path: scope.where });
  }
  const { replace, ...value } = read
    ? read(scope, operator, evaluate)
    : { element: readPlainArguments(scope, operator), position: plain };
  const around = (inner: Element) => rewriteInside(expression, () => inner);
  return {
    ...value,
    element: around(value.element),
    ...(replace ? { replace: (rewrite) => around(replace(rewrite)) } : {}),
  };
}

/**
 * Reads one expression. Throws `AnalysisError` for whatever cannot be decided on ciphertext. Nesting
 * is bounded by the scan of the whole command.
 */
export const evaluate: Evaluate = (scope, expression) => {
  // Without anything encrypted in the documents every expression passes unread.
  if (scope.position.kind === 'plain') return { element: expression, position: plain };
  switch (expression.type) {
    case BsonType.string:
      return readText(scope, expression);
    case BsonType.array:
      return readArray(scope, expression);
    case BsonType.object:
      return isOperatorDocument(expression)
        ? readOperator(scope, expression)
        : readObject(scope, expression);
    default:
      return literal(scope, expression, evaluate);
  }
};

/** An expression whose result decides something (`$expr`, a condition): it must be plain. */
export function evaluatePlain(scope: Scope, expression: Element): Element {
  return requirePlain(scope, evaluate, expression, scope.where);
}
