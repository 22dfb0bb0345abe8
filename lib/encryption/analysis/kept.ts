// Layer analysis: commands that leave expressions on the server: create, collMod, createIndexes.
// Decides which schema a collection will have; validator.ts decides about the expressions.
import { BsonType, type Element, elements } from '../bytes/index.ts';
import { requireArray, requireObject } from './documents.ts';
import { refusal } from './errors.ts';
import { type FieldRule, type FieldRules, fieldRules, pass, readFields } from './fields.ts';
import { requireIndexKeys } from './ordering.ts';
import { requireSelection } from './projection.ts';
import { compileSchema, type EncryptionSchema } from './schema/compile.ts';
import { type Position, rootPosition, sameTree } from './schema/tree.ts';
import { hasName, isEncryptKeyword, requirePlainCondition } from './validator.ts';

/** The schema that the `$jsonSchema` of a validator declares, or undefined without encryption. */
function declaredSchema(validator: Uint8Array, namespace: string): EncryptionSchema | undefined {
  let declared: EncryptionSchema | undefined;
  let schemas = 0;
  for (const { key, type, value } of elements(validator)) {
    if (type !== BsonType.object && type !== BsonType.array) continue;
    if (key === '$jsonSchema') {
      schemas += 1;
      if (hasName(value, isEncryptKeyword)) declared = compileSchema(value, 'remote', namespace);
    } else if (
      hasName(value, (name) => name === '$jsonSchema') &&
      hasName(value, isEncryptKeyword)
    ) {
      throw refusal('schema', "Invalid schema containing the 'encrypt' keyword.", {
        path: key,
        rule: 'the `$jsonSchema` of a collection stands at the top of its validator',
      });
    }
  }
  if (schemas > 1) {
    throw refusal('schema', 'Invalid schema', { path: 'validator', rule: 'duplicate $jsonSchema' });
  }
  return declared?.encrypts ? declared : undefined;
}

/**
 * The position of the documents that create or collMod will govern. A declared schema counts, but
 * it cannot differ from the client's own, which would go on encrypting by other rules.
 * Throws `AnalysisError` (`schema`).
 */
export function governedPosition(
  command: Uint8Array,
  namespace: string,
  known: EncryptionSchema | undefined,
): Position {
  const fields = readFields(command);
  if (fields.has('encryptedFields')) {
    throw refusal('command', 'Queryable Encryption is not supported', { path: 'encryptedFields' });
  }
  const validator = fields.get('validator');
  const declared =
    validator?.type === BsonType.object ? declaredSchema(validator.value, namespace) : undefined;
  if (declared && known?.origin === 'local' && !sameTree(declared.root, known.root)) {
    throw refusal('schema', "Invalid schema containing the 'encrypt' keyword.", {
      path: 'validator.$jsonSchema',
      rule: 'it must encrypt the same fields in the same way as the schema of `schemaMap`',
    });
  }
  const schema = declared ?? known;
  return schema ? rootPosition(schema.root) : { kind: 'plain' };
}

const condition: FieldRule = (element, { position }) => {
  requirePlainCondition(position, requireObject(element, 'query', element.key));
  return element;
};

const indexKeys: FieldRule = (element, { position }) => {
  requireIndexKeys(position, element, element.key);
  return element;
};

const wildcard: FieldRule = (element, { position }) => {
  requireSelection(position, element, element.key);
  return element;
};

const view: FieldRule = (element) => {
  throw refusal('command', 'cannot auto encrypt a view', {
    path: element.key,
    rule: 'the collection behind it has encrypted fields',
  });
};

const indexFields = fieldRules({
  key: indexKeys,
  weights: indexKeys,
  keyPattern: indexKeys,
  partialFilterExpression: condition,
  wildcardProjection: wildcard,
  storageEngine: pass,
});

function requireIndex(index: Uint8Array, context: Parameters<FieldRule>[1]): void {
  for (const element of elements(index)) {
    const rule = indexFields.get(element.key);
    if (rule) {
      rule(element, context);
    } else if (element.type === BsonType.object || element.type === BsonType.array) {
      throw refusal('command', 'Unknown field in an index', { path: element.key });
    }
  }
}

const indexes: FieldRule = (element, context) => {
  for (const index of elements(requireArray(element, 'command', element.key))) {
    requireIndex(requireObject(index, 'command', element.key), context);
  }
  return element;
};

const index: FieldRule = (element: Element, context) => {
  requireIndex(requireObject(element, 'command', element.key), context);
  return element;
};

const options: Readonly<Record<string, FieldRule>> = {
  validator: condition,
  viewOn: view,
  pipeline: view,
  timeseries: pass,
  storageEngine: pass,
  indexOptionDefaults: pass,
  changeStreamPreAndPostImages: pass,
};

/** Field rules of the commands that only leave expressions; nothing in them is ever encrypted. */
export const keptCommands: ReadonlyMap<string, FieldRules> = new Map<string, FieldRules>([
  ['create', fieldRules({ ...options, clusteredIndex: index, idIndex: index })],
  ['collMod', fieldRules({ ...options, index })],
  ['createIndexes', fieldRules({ indexes, commitQuorum: pass })],
]);
