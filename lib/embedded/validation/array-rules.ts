// Validation layer: the keywords of `$jsonSchema` for arrays. None of them says that a value must be an array.
import { equalValues } from '../query/compare.ts';
import type { Failure, Rule, RuleMaker } from './json-schema.ts';
import { accepted } from './object-rules.ts';
import { requireBoolean, requireCount } from './operands.ts';

export const arrayRules: Readonly<Record<string, RuleMaker>> = {
  items(operand, _, compile) {
    if (!Array.isArray(operand)) {
      const schema = compile(operand, 'items');
      return onArrays((items) => notConforming(items.findIndex((item) => schema(item).length > 0)));
    }
    const schemas = operand.map((schema: unknown) => compile(schema, 'items'));
    return onArrays((items) =>
      notConforming(
        schemas.findIndex((schema, i) => i < items.length && schema(items[i]).length > 0),
      ),
    );
  },
  additionalItems(operand, schema, compile) {
    const accepts = accepted('additionalItems', operand, compile);
    // Draft 4: without an array of schemas in `items` there are no additional ones.
    if (!Array.isArray(schema['items'])) return undefined;
    const start = schema['items'].length;
    return onArrays(
      (items) => !items.slice(start).every(accepts) && { operatorName: 'additionalItems' },
    );
  },
  minItems(operand) {
    const least = requireCount('minItems', operand);
    return onArrays((items) => items.length < least && lengthFailure('minItems'));
  },
  maxItems(operand) {
    const most = requireCount('maxItems', operand);
    return onArrays((items) => items.length > most && lengthFailure('maxItems'));
  },
  uniqueItems(operand) {
    if (!requireBoolean('uniqueItems', operand)) return undefined;
    return onArrays(
      (items) =>
        items.some((item, i) => items.slice(0, i).some((other) => equalValues(item, other))) && {
          operatorName: 'uniqueItems',
          reason: 'found a duplicate item',
        },
    );
  },
};

function onArrays(check: (items: readonly unknown[]) => Failure | false): Rule {
  return (value) => (Array.isArray(value) ? check(value) || undefined : undefined);
}

function notConforming(itemIndex: number): Failure | false {
  return itemIndex >= 0 && { operatorName: 'items', reason: 'An item does not conform', itemIndex };
}

function lengthFailure(operatorName: string): Failure {
  return { operatorName, reason: 'array did not match specified length' };
}
