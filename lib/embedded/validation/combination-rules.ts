// Validation layer: the keywords of `$jsonSchema` that combine schemas.
import type { Compile, RuleMaker, Schema } from './json-schema.ts';
import { requireList } from './operands.ts';

export const combinationRules: Readonly<Record<string, RuleMaker>> = {
  allOf(operand, _, compile) {
    const schemas = schemasOf('allOf', operand, compile);
    return (value) => {
      const schemasNotSatisfied = schemas.flatMap((schema, index) => {
        const details = schema(value);
        return details.length === 0 ? [] : [{ index, details }];
      });
      return schemasNotSatisfied.length === 0
        ? undefined
        : { operatorName: 'allOf', schemasNotSatisfied };
    };
  },
  anyOf(operand, _, compile) {
    const schemas = schemasOf('anyOf', operand, compile);
    return (value) =>
      satisfied(schemas, value) > 0
        ? undefined
        : { operatorName: 'anyOf', reason: 'no schema matched' };
  },
  oneOf(operand, _, compile) {
    const schemas = schemasOf('oneOf', operand, compile);
    return (value) => {
      const count = satisfied(schemas, value);
      if (count === 1) return undefined;
      const reason = count === 0 ? 'no schema matched' : 'more than one schema matched';
      return { operatorName: 'oneOf', reason };
    };
  },
  not(operand, _, compile) {
    const schema = compile(operand, 'not');
    return (value) =>
      schema(value).length > 0
        ? undefined
        : { operatorName: 'not', reason: 'child expression matched' };
  },
};

function schemasOf(keyword: string, operand: unknown, compile: Compile): Schema[] {
  return requireList(keyword, operand).map((schema) => compile(schema, keyword));
}

function satisfied(schemas: readonly Schema[], value: unknown): number {
  return schemas.filter((schema) => schema(value).length === 0).length;
}
