// Validation layer: the keywords of `$jsonSchema` for numbers and strings, and `enum`.
import { BSONRegExp, BSONSymbol } from 'bson';

import { CommandError } from '../errors.ts';
import { equalValues } from '../query/compare.ts';
import { compareNumbers } from '../query/numbers.ts';
import { toRegExp } from '../query/regex.ts';
import { type Document, isNumeric, toNumber } from '../query/values.ts';
import type { Rule, RuleMaker } from './json-schema.ts';
import {
  requireBoolean,
  requireCount,
  requireList,
  requireNumber,
  requireString,
  unparsable,
} from './operands.ts';

export const scalarRules: Readonly<Record<string, RuleMaker>> = {
  enum(operand) {
    const values = requireList('enum', operand);
    const passes = (value: unknown) => values.some((allowed) => equalValues(value, allowed));
    return rule('enum', 'value was not found in enum', (value) => !passes(value));
  },
  minimum: limit('minimum', 'exclusiveMinimum', (order) => order < 0),
  maximum: limit('maximum', 'exclusiveMaximum', (order) => order > 0),
  // Draft 4: a boolean that goes with the limit, which reads it.
  exclusiveMinimum: exclusive('exclusiveMinimum', 'minimum'),
  exclusiveMaximum: exclusive('exclusiveMaximum', 'maximum'),
  multipleOf(operand) {
    const divisor = toNumber(requireNumber('multipleOf', operand)) ?? 0;
    if (!(divisor > 0)) throw unparsable('multipleOf', 'a number above 0');
    return rule(
      'multipleOf',
      'considered value is not a multiple of the specified value',
      (value) => {
        return isNumeric(value) && !isMultiple(toNumber(value) ?? NaN, divisor);
      },
    );
  },
  minLength(operand) {
    const least = requireCount('minLength', operand);
    return rule('minLength', 'specified string length was not satisfied', (value) => {
      return typeof value === 'string' && lengthOf(value) < least;
    });
  },
  maxLength(operand) {
    const most = requireCount('maxLength', operand);
    return rule('maxLength', 'specified string length was not satisfied', (value) => {
      return typeof value === 'string' && lengthOf(value) > most;
    });
  },
  pattern(operand) {
    const regExp = toRegExp(new BSONRegExp(requireString('pattern', operand)));
    return rule('pattern', 'regular expression did not match', (value) => {
      const text = value instanceof BSONSymbol ? value.value : value;
      return typeof text === 'string' && !regExp.test(text);
    });
  },
};

/** A rule that fails where `breaks` is true. */
export function rule(
  operatorName: string,
  reason: string,
  breaks: (value: unknown) => boolean,
): Rule {
  return (value) => (breaks(value) ? { operatorName, reason } : undefined);
}

function limit(
  keyword: string,
  exclusiveKeyword: string,
  isBeyond: (order: number) => boolean,
): RuleMaker {
  return (operand, schema) => {
    const bound = requireNumber(keyword, operand);
    const isExclusive = schema[exclusiveKeyword] === true;
    return rule(keyword, 'comparison failed', (value) => {
      if (!isNumeric(value)) return false;
      const order = compareNumbers(value, bound);
      return isBeyond(order) || (isExclusive && order === 0);
    });
  };
}

function exclusive(keyword: string, limitKeyword: string): RuleMaker {
  return (operand: unknown, schema: Document) => {
    requireBoolean(keyword, operand);
    if (limitKeyword in schema) return undefined;
    throw new CommandError(
      'FailedToParse',
      `Expected \`${limitKeyword}\` beside \`${keyword}\` in $jsonSchema`,
    );
  };
}

/** JSON Schema counts characters, not UTF-16 units. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}

function isMultiple(value: number, divisor: number): boolean {
  return Number.isFinite(value) && value % divisor === 0;
}
