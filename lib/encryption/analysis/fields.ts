// Layer analysis: applies a table of rules to the fields of a command or statement.
// Fields that no rule knows pass when they are scalars and are refused when they are not.
import { BsonType, type Element, elements } from '../bytes/index.ts';
import { rewriteDocument } from './documents.ts';
import { refusal } from './errors.ts';
import type { Catalog } from './aggregate/catalog.ts';
import type { Findings } from './placeholders.ts';
import type { Position } from './schema/tree.ts';

export type Fields = ReadonlyMap<string, Element>;

export interface FieldContext {
  readonly position: Position;
  readonly catalog: Catalog;
  readonly findings: Findings;
  /** All fields of the command or statement, for rules that depend on another field. */
  readonly fields: Fields;
}

export type FieldRule = (element: Element, context: FieldContext) => Element;
export type FieldRules = ReadonlyMap<string, FieldRule>;

/** The field has no constants that the server compares with, or writes to, a document. */
export const pass: FieldRule = (element) => element;

/** Fields that every command may have; scalars need no entry. */
const commonFields: Readonly<Record<string, FieldRule>> = {
  $audit: pass,
  $client: pass,
  $clusterTime: pass,
  $readPreference: pass,
  collation: pass,
  comment: pass,
  cursor: pass,
  // A variable is no constant to the analysis: compared with an encrypted field it is refused.
  let: pass,
  lsid: pass,
  readConcern: pass,
  stmtIds: pass,
  writeConcern: pass,
};

/** The rules of one command: its own fields, and those that every command has. */
export function fieldRules(own: Readonly<Record<string, FieldRule>>): FieldRules {
  return new Map(Object.entries({ ...commonFields, ...own }));
}

/** The fields of a command or statement. Throws `AnalysisError` when a name is given twice. */
export function readFields(document: Uint8Array): Map<string, Element> {
  const fields = new Map<string, Element>();
  for (const element of elements(document)) {
    if (fields.has(element.key)) {
      throw refusal('command', 'A field is given twice', { path: element.key });
    }
    fields.set(element.key, element);
  }
  return fields;
}

/** Rewrites a command or statement field by field. Throws `AnalysisError`. */
export function rewriteByRules(
  document: Uint8Array,
  rules: FieldRules,
  context: Omit<FieldContext, 'fields'>,
): Uint8Array {
  const inner = { ...context, fields: readFields(document) };
  return rewriteDocument(document, (element) => {
    const rule = rules.get(element.key);
    if (rule) return rule(element, inner);
    if (element.type !== BsonType.object && element.type !== BsonType.array) return element;
    throw refusal('command', 'Unknown field in a command on a collection with encryption', {
      path: element.key,
      rule: 'expected a scalar, since an object cannot be analysed',
    });
  });
}
