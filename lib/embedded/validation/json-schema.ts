// Validation layer: `$jsonSchema` as MongoDB's manual describes it: draft 4 without references, with `bsonType`
// and `encrypt`, on typed BSON values. A keyword that is not known is refused when the schema is compiled.
// What it reports names fields and rules, never values.
import { CommandError } from '../errors.ts';
import { type Document, isDocument } from '../query/values.ts';
import { arrayRules } from './array-rules.ts';
import { combinationRules } from './combination-rules.ts';
import { objectRules } from './object-rules.ts';
import { scalarRules } from './scalar-rules.ts';
import { typeRules } from './type-rules.ts';

/** A rule that a value broke, as it stands in `errInfo.details.schemaRulesNotSatisfied`. */
export type Failure = Readonly<Record<string, unknown>> & { readonly operatorName: string };

/** Undefined if the value keeps the rule, or the rule is not for values of its type. */
export type Rule = (value: unknown) => Failure | undefined;

/** Makes the rule of one keyword. Throws FailedToParse, TypeMismatch or BadValue for a bad operand. */
export type RuleMaker = (operand: unknown, schema: Document, compile: Compile) => Rule | undefined;
export type Compile = (schema: unknown, keyword: string) => Schema;

/** A compiled schema: the rules that a value broke, none if it conforms. */
export type Schema = (value: unknown) => readonly Failure[];

const noRule: RuleMaker = () => undefined;

const KEYWORDS: Readonly<Record<string, RuleMaker>> = {
  ...typeRules,
  ...scalarRules,
  ...objectRules,
  ...arrayRules,
  ...combinationRules,
  title: annotation('title'),
  description: annotation('description'),
  // Says how clients encrypt what lies below; the server has nothing to check.
  encryptMetadata: noRule,
};

/** Throws CommandError FailedToParse, TypeMismatch or BadValue if the schema is not understood completely. */
export function compileJsonSchema(schema: unknown): Schema {
  return compile(schema, '$jsonSchema');
}

function compile(schema: unknown, keyword: string): Schema {
  if (!isDocument(schema)) {
    throw new CommandError('TypeMismatch', `Expected \`${keyword}\` to be an object`);
  }
  const rules: Rule[] = [];
  for (const [name, operand] of Object.entries(schema)) {
    const maker = Object.hasOwn(KEYWORDS, name) ? KEYWORDS[name] : undefined;
    if (!maker) {
      throw new CommandError('FailedToParse', `Unknown $jsonSchema keyword: ${name}`);
    }
    const rule = maker(operand, schema, compile);
    if (rule) rules.push(rule);
  }
  return (value) => rules.map((rule) => rule(value)).filter((failure) => failure !== undefined);
}

function annotation(keyword: string): RuleMaker {
  return (operand) => {
    if (typeof operand === 'string') return undefined;
    throw new CommandError('TypeMismatch', `Expected \`${keyword}\` to be a string`);
  };
}
