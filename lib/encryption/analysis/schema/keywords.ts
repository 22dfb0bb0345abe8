// Layer analysis: the `$jsonSchema` keywords that MongoDB knows, in one table.
// Says how each one is walked and where it may stand; nothing about values.

/** How to find subschemas in a keyword's value. */
export type Subschemas = 'none' | 'schema' | 'schemas' | 'schema-or-schemas' | 'by-name';

export interface Keyword {
  readonly subschemas: Subschemas;
  /** A validation keyword cannot be enforced by the client, so a local schema must not have it. */
  readonly remoteOnly: boolean;
  /** Whether the server compares a field's value with a constant of the schema. */
  readonly compares: boolean;
}

const structural: Keyword = { subschemas: 'none', remoteOnly: false, compares: false };
const counting: Keyword = { subschemas: 'none', remoteOnly: true, compares: false };
const comparing: Keyword = { subschemas: 'none', remoteOnly: true, compares: true };

/** MongoDB manual, "$jsonSchema", Available Keywords; `encrypt` and `encryptMetadata` of CSFLE. */
export const keywords: ReadonlyMap<string, Keyword> = new Map<string, Keyword>([
  ['bsonType', structural],
  ['type', structural],
  ['title', structural],
  ['description', structural],
  ['encrypt', structural],
  ['encryptMetadata', structural],
  ['properties', { ...structural, subschemas: 'by-name' }],
  ['patternProperties', { ...structural, subschemas: 'by-name' }],
  ['additionalProperties', { ...structural, subschemas: 'schema' }],
  ['required', counting],
  ['minProperties', counting],
  ['maxProperties', counting],
  ['dependencies', { ...counting, subschemas: 'by-name' }],
  ['allOf', { ...counting, subschemas: 'schemas' }],
  ['anyOf', { ...counting, subschemas: 'schemas' }],
  ['oneOf', { ...counting, subschemas: 'schemas' }],
  ['not', { ...counting, subschemas: 'schema' }],
  ['items', { ...comparing, subschemas: 'schema-or-schemas' }],
  ['additionalItems', { ...comparing, subschemas: 'schema' }],
  ['minItems', comparing],
  ['maxItems', comparing],
  ['uniqueItems', comparing],
  ['enum', comparing],
  ['minimum', comparing],
  ['maximum', comparing],
  ['exclusiveMinimum', comparing],
  ['exclusiveMaximum', comparing],
  ['multipleOf', comparing],
  ['minLength', comparing],
  ['maxLength', comparing],
  ['pattern', comparing],
]);
