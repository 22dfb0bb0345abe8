// Test inputs of layer analysis: random schemas, and an oracle for what they encrypt that shares no
// code with the engine: it walks the JavaScript schema and ignores array positions.
import type { Document } from 'bson';
import fc from 'fast-check';
import { deterministic, otherKey, random, sharedKey } from './inputs.ts';

/** Few names, so that random paths often meet random schemas. `key` holds the key alt name. */
export const names = ['a', 'b', 'c'];
export const fieldName = fc.constantFrom(...names);
export const keyField = 'key';

const keyId = fc.constantFrom([sharedKey], [otherKey]);
const deterministicField = fc.record({
  bsonType: fc.constantFrom('string', 'int', 'long', 'date', 'objectId', 'binData'),
  algorithm: fc.constant(deterministic),
  keyId,
});
const randomField = fc.record({ algorithm: fc.constant(random), keyId });
const pointerField = fc.record({
  bsonType: fc.constantFrom<unknown>('string', 'array', 'object', ['int', 'string']),
  algorithm: fc.constant(random),
  keyId: fc.constant(`/${keyField}`),
});

const { schema: subschema } = fc.letrec<{ schema: Document; object: Document }>((tie) => ({
  object: fc.record(
    {
      bsonType: fc.constant('object'),
      properties: fc.dictionary(fieldName, tie('schema'), { maxKeys: 4 }),
      patternProperties: fc.dictionary(fc.constantFrom('^[ab]$', '^c'), tie('schema'), {
        maxKeys: 1,
      }),
      additionalProperties: tie('schema'),
    },
    { requiredKeys: ['bsonType', 'properties'] },
  ),
  schema: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { arbitrary: fc.constant({}), weight: 2 },
    { arbitrary: deterministicField.map((encrypt) => ({ encrypt })), weight: 6 },
    { arbitrary: randomField.map((encrypt) => ({ encrypt })), weight: 1 },
    { arbitrary: pointerField.map((encrypt) => ({ encrypt })), weight: 1 },
    { arbitrary: tie('object'), weight: 3 },
  ),
}));

/** A root schema: some fields encrypted, `key` always in clear. */
export const schema: fc.Arbitrary<Document> = fc
  .dictionary(fieldName, subschema, { minKeys: 2, maxKeys: 3 })
  .map((properties) => ({ bsonType: 'object', properties: { ...properties, [keyField]: {} } }));

function applicable(node: Document, name: string): Document[] {
  const properties = (node['properties'] ?? {}) as Record<string, Document>;
  const patterns = (node['patternProperties'] ?? {}) as Record<string, Document>;
  const found = Object.entries(patterns)
    .filter(([pattern]) => new RegExp(pattern).test(name))
    .map(([, child]) => child);
  if (Object.hasOwn(properties, name) && properties[name]) found.push(properties[name]);
  const additional = node['additionalProperties'] as Document | undefined;
  return found.length === 0 && additional ? [additional] : found;
}

/** The `encrypt` that applies at or above a path, whatever else applies there; else undefined. */
export function encryptionAt(root: Document, path: readonly string[]): Document | undefined {
  let nodes = [root];
  for (const name of path) {
    if (/^\d+$|^\$/.test(name)) continue;
    const encrypted = nodes.find((node) => node['encrypt'] !== undefined);
    if (encrypted) return encrypted['encrypt'] as Document;
    nodes = nodes.flatMap((node) => applicable(node, name));
  }
  return nodes.find((node) => node['encrypt'] !== undefined)?.['encrypt'] as Document | undefined;
}

/** Paths of Deterministic fields that `properties` alone lead to. */
export function deterministicPaths(node: Document, above: readonly string[] = []): string[][] {
  const properties = (node['properties'] ?? {}) as Record<string, Document>;
  return Object.entries(properties).flatMap(([name, child]) => {
    const encrypt = child['encrypt'] as Document | undefined;
    if (encrypt?.['algorithm'] === deterministic) return [[...above, name]];
    return deterministicPaths(child, [...above, name]);
  });
}
