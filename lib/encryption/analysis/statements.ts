// Layer analysis: the fields of each analysed command and of the statements inside writes.
// One table per command; what a field means is in match.ts, update.ts, aggregate/ and so on.
import { BsonType, type Element, readBool, readString } from '../bytes/index.ts';
import { rewritePipeline } from './aggregate/pipeline.ts';
import { rewriteProjection } from './aggregate/project.ts';
import { collated, requireCollation } from './collation.ts';
import { requireArray, requireObject, rewriteInside, withValue } from './documents.ts';
import { refusal } from './errors.ts';
import {
  type FieldContext,
  type FieldRule,
  type FieldRules,
  fieldRules,
  pass,
  rewriteByRules,
} from './fields.ts';
import { rewriteInserted } from './insert.ts';
import { requirePlainOperand, rewriteMatch } from './match.ts';
import { requireIndexKeys, requirePlainKeys } from './ordering.ts';
import { describe, newFindings } from './placeholders.ts';
import { resolvePath } from './schema/resolve.ts';
import { rewriteUpdate } from './update.ts';

const filter: FieldRule = (element, { position, findings }) => {
  const match = requireObject(element, 'query', element.key);
  return withValue(element, rewriteMatch(position, match, findings));
};

const sort: FieldRule = (element, { position }) => {
  requirePlainKeys(position, element, element.key);
  return element;
};

const hint: FieldRule = (element, { position }) => {
  requireIndexKeys(position, element, element.key);
  return element;
};

const projection: FieldRule = (element, { position, findings }) =>
  rewriteProjection(position, element, findings);

/** Array elements are never encrypted, so their conditions pass, but not code or a schema. */
const arrayFilters: FieldRule = (element) => {
  requireArray(element, 'update', element.key);
  requirePlainOperand(element, element.key);
  return element;
};

const refused: FieldRule = (element) => {
  throw refusal('command', 'Field not allowed on a collection with encryption', {
    path: element.key,
  });
};

const documents: FieldRule = (element, { position, findings }) => {
  requireArray(element, 'command', element.key);
  return rewriteInside(element, (item) => {
    const document = requireObject(item, 'command', element.key);
    return withValue(item, rewriteInserted(position, document, findings));
  });
};

const pipeline: FieldRule = (element, { position, catalog, findings }) =>
  rewritePipeline(position, element, catalog, findings).element;

const update =
  (filterField: string): FieldRule =>
  (element, { position, findings, fields }) => {
    const upsert = fields.get('upsert');
    const condition = fields.get(filterField);
    return rewriteUpdate(
      position,
      element,
      {
        filter: condition ? requireObject(condition, 'query', filterField) : emptyDocument,
        // Anything but a plain `false` may make the server insert.
        upsert: upsert !== undefined && !(upsert.type === BsonType.bool && !readBool(upsert.value)),
        collation: fields.get('collation'),
      },
      findings,
    );
  };

const emptyDocument = Uint8Array.of(5, 0, 0, 0, 0);

const distinctKey: FieldRule = (element, { position, findings }) => {
  if (element.type !== BsonType.string) {
    throw refusal('query', 'Expected `key` of distinct to be a string');
  }
  const path = readString(element.value);
  const target = resolvePath(position, path);
  if (target.kind === 'plain') return element;
  const place = { path, rule: describe(target) };
  if (target.kind !== 'encrypted') {
    throw refusal('query', 'The distinct key cannot have encrypted fields', place);
  }
  const { algorithm, keyId, types } = target.encryption;
  if (keyId.kind === 'pointer') {
    throw refusal(
      'query',
      'The distinct key is not allowed to be marked for encryption with a non-UUID keyId',
      place,
    );
  }
  if (algorithm === 'Random') {
    const statement = 'Cannot query on fields encrypted with the randomized encryption';
    throw refusal('query', statement, place);
  }
  if ([...(types ?? [])].some((type) => collated.has(type))) findings.comparedText = true;
  return element;
};

/** Each statement has its own collation, hence its own findings. */
function statements(rules: FieldRules): FieldRule {
  return (element, context) => {
    requireArray(element, 'command', element.key);
    return rewriteInside(element, (statement) => {
      const document = requireObject(statement, 'command', element.key);
      return withValue(statement, rewriteWithCollation(document, rules, context));
    });
  };
}

/** Rewrites by rules, then checks the collation that stands beside. Throws `AnalysisError`. */
export function rewriteWithCollation(
  document: Uint8Array,
  rules: FieldRules,
  context: Omit<FieldContext, 'fields'>,
): Uint8Array {
  const findings = newFindings();
  let collation: Element | undefined;
  const seen: FieldRules = new Map([
    ...rules,
    [
      'collation',
      (element) => {
        collation = element;
        return element;
      },
    ],
  ]);
  const rewritten = rewriteByRules(document, seen, { ...context, findings });
  requireCollation(collation, findings);
  context.findings.placeholders += findings.placeholders;
  return rewritten;
}

const updateStatement = fieldRules({
  q: filter,
  u: update('q'),
  c: refused,
  arrayFilters,
  hint,
  sort,
});

const deleteStatement = fieldRules({ q: filter, hint });

/** Field rules of the commands that read or write documents. */
export const documentCommands: ReadonlyMap<string, FieldRules> = new Map<string, FieldRules>([
  ['insert', fieldRules({ documents })],
  ['update', fieldRules({ updates: statements(updateStatement) })],
  ['delete', fieldRules({ deletes: statements(deleteStatement) })],
  [
    'findAndModify',
    fieldRules({
      query: filter,
      update: update('query'),
      fields: projection,
      sort,
      hint,
      arrayFilters,
    }),
  ],
  ['find', fieldRules({ filter, projection, sort, hint, min: sort, max: sort, readOnce: pass })],
  ['count', fieldRules({ query: filter, hint, fields: projection })],
  ['distinct', fieldRules({ key: distinctKey, query: filter, hint })],
  ['aggregate', fieldRules({ pipeline, hint })],
]);
