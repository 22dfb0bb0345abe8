// Layer analysis: operators on arrays of encrypted values that look at positions and lengths only.
// Everything that looks at the elements themselves is in plain-operators.ts, hence refused for them.
import { BsonType, type Element } from '../../bytes/index.ts';
import { rewriteInside } from '../documents.ts';
import { describe } from '../placeholders.ts';
import { arrayOf, combine } from '../schema/positions.ts';
import { plain, type Position } from '../schema/tree.ts';
import {
  argumentsOf,
  type Evaluate,
  type Operator,
  pathOf,
  refuseUse,
  requirePlain,
  type Scope,
} from './value.ts';

/** The items of an argument that must be an array. A field that is encrypted itself is no array. */
function itemsOf(
  scope: Scope,
  operator: string,
  argument: Element,
  evaluate: Evaluate,
): { element: Element; item: Position } {
  const { element, position } = evaluate(scope, argument);
  if (position.kind === 'plain') return { element, item: plain };
  if (position.kind === 'array') return { element, item: position.item };
  const rule = `${describe(position)}, and \`${operator}\` needs an array`;
  throw refuseUse(scope, pathOf(argument, operator), rule);
}

/** The first argument is an array, the others are plain; `result` says what comes of its items. */
const onArray =
  (result: (item: Position) => Position): Operator =>
  (scope, operator, evaluate) => {
    const [array] = argumentsOf(operator);
    if (!array) throw refuseUse(scope, operator.key, 'expected an array');
    const { element, item } = itemsOf(scope, operator.key, array, evaluate);
    const position = result(item);
    if (operator.type !== BsonType.array) return { element, position };
    const rewritten = rewriteInside(operator, (argument) =>
      argument.key === array.key ? element : requirePlain(scope, evaluate, argument, operator.key),
    );
    return { element: rewritten, position };
  };

const concatArrays: Operator = (scope, operator, evaluate) => {
  const why = 'the arrays do not agree on the encryption of their elements';
  const items: Position[] = [];
  const read = (argument: Element): Element => {
    const { element, item } = itemsOf(scope, operator.key, argument, evaluate);
    items.push(item);
    return element;
  };
  const element = operator.type === BsonType.array ? rewriteInside(operator, read) : read(operator);
  const item = items.reduce((a, b) => combine(a, b, why), items[0] ?? plain);
  return { element, position: arrayOf(item) };
};

const element = onArray((item) => item);
const sameItems = onArray(arrayOf);
const aboutArray = onArray(() => plain);

export const arrayOperators: readonly (readonly [string, Operator])[] = [
  ['$arrayElemAt', element],
  ['$first', element],
  ['$last', element],
  ['$slice', sameItems],
  ['$reverseArray', sameItems],
  ['$concatArrays', concatArrays],
  ['$size', aboutArray],
  ['$isArray', aboutArray],
];
