// Validation layer: the keywords of `$jsonSchema` for embedded documents. None of them says that a value must be
// a document: that is `bsonType`'s part.
import { BSONRegExp, DBRef } from 'bson';

import { toRegExp } from '../query/regex.ts';
import { type Document, isDocument } from '../query/values.ts';
import type { Compile, Failure, Rule, RuleMaker, Schema } from './json-schema.ts';
import { mismatch, requireCount, requireNames } from './operands.ts';

export const objectRules: Readonly<Record<string, RuleMaker>> = {
  required(operand) {
    const names = requireNames('required', operand);
    return onObjects((object) => {
      const missingProperties = names.filter((name) => !Object.hasOwn(object, name));
      return missingProperties.length > 0 && { operatorName: 'required', missingProperties };
    });
  },
  properties(operand, _, compile) {
    const schemas = schemasOf('properties', operand, compile);
    return onObjects((object) => {
      const propertiesNotSatisfied = schemas.flatMap(([propertyName, schema]) =>
        Object.hasOwn(object, propertyName)
          ? describe(propertyName, schema(object[propertyName]))
          : [],
      );
      return (
        propertiesNotSatisfied.length > 0 && { operatorName: 'properties', propertiesNotSatisfied }
      );
    });
  },
  patternProperties(operand, _, compile) {
    const schemas = patternsOf(operand, compile);
    return onObjects((object) => {
      const details = Object.entries(object).flatMap(([name, value]) =>
        schemas
          .filter(([pattern]) => pattern.test(name))
          .flatMap(([, schema]) => describe(name, schema(value))),
      );
      return details.length > 0 && { operatorName: 'patternProperties', details };
    });
  },
  additionalProperties(operand, schema, compile) {
    const known = new Set(
      isDocument(schema['properties']) ? Object.keys(schema['properties']) : [],
    );
    const patterns = patternsOf(schema['patternProperties'] ?? {}, compile).map(
      ([regExp]) => regExp,
    );
    const isAdditional = (name: string) =>
      !known.has(name) && !patterns.some((pattern) => pattern.test(name));
    const accepts = accepted('additionalProperties', operand, compile);
    return onObjects((object) => {
      const additionalProperties = Object.entries(object)
        .filter(([name, value]) => isAdditional(name) && !accepts(value))
        .map(([name]) => name);
      return (
        additionalProperties.length > 0 && {
          operatorName: 'additionalProperties',
          additionalProperties,
        }
      );
    });
  },
  minProperties(operand) {
    const least = requireCount('minProperties', operand);
    return onObjects(
      (object) => Object.keys(object).length < least && countFailure('minProperties'),
    );
  },
  maxProperties(operand) {
    const most = requireCount('maxProperties', operand);
    return onObjects(
      (object) => Object.keys(object).length > most && countFailure('maxProperties'),
    );
  },
  dependencies(operand, _, compile) {
    if (!isDocument(operand)) throw mismatch('dependencies', 'an object');
    const rules = Object.entries(operand).map(([name, needed]): [string, Schema] => {
      if (!Array.isArray(needed)) return [name, compile(needed, 'dependencies')];
      return [name, compile({ required: needed }, 'dependencies')];
    });
    return onObjects((object) => {
      const failed = rules.filter(
        ([name, schema]) => Object.hasOwn(object, name) && schema(object).length > 0,
      );
      return (
        failed.length > 0 && {
          operatorName: 'dependencies',
          failingDependencies: failed.map(([conditionalProperty]) => ({ conditionalProperty })),
        }
      );
    });
  },
};

/** `true` and `false` accept everything and nothing; a schema accepts what conforms. */
export function accepted(
  keyword: string,
  operand: unknown,
  compile: Compile,
): (value: unknown) => boolean {
  if (typeof operand === 'boolean') return () => operand;
  const schema = compile(operand, keyword);
  return (value) => schema(value).length === 0;
}

function onObjects(check: (object: Document) => Failure | false): Rule {
  return (value) => {
    const object = value instanceof DBRef ? { ...value.toJSON() } : value;
    return isDocument(object) ? check(object) || undefined : undefined;
  };
}

function describe(propertyName: string, details: readonly Failure[]): Document[] {
  return details.length === 0 ? [] : [{ propertyName, details }];
}

function countFailure(operatorName: string): Failure {
  return { operatorName, reason: 'specified number of properties was not satisfied' };
}

function schemasOf(keyword: string, operand: unknown, compile: Compile): [string, Schema][] {
  if (!isDocument(operand)) throw mismatch(keyword, 'an object');
  return Object.entries(operand).map(([name, schema]) => [name, compile(schema, keyword)]);
}

function patternsOf(operand: unknown, compile: Compile): [RegExp, Schema][] {
  return schemasOf('patternProperties', operand, compile).map(([pattern, schema]) => [
    toRegExp(new BSONRegExp(pattern)),
    schema,
  ]);
}
