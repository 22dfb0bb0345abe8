// Layer analysis: compiles a JSON schema (BSON bytes) into the tree that path resolution reads.
// Knows the rules for where encryption may be declared; nothing about commands.
import {
  BsonType,
  type Element,
  elements,
  readString,
  requireDepth,
  typeName,
} from '../../bytes/index.ts';
import { AnalysisError, refusal } from '../errors.ts';
import { resolveComponents } from './resolve.ts';
import { fieldsOf, invalid, type Metadata, parseEncrypt, parseMetadata } from './encrypt.ts';
import { type Keyword, keywords } from './keywords.ts';
import { compilePattern } from './patterns.ts';
import {
  type Encryption,
  type ObjectNode,
  type PatternNode,
  rootPosition,
  type SchemaNode,
} from './tree.ts';

/** `local` comes from `schemaMap`, `remote` from the collection's validator. */
export type SchemaOrigin = 'local' | 'remote';

export interface EncryptionSchema {
  readonly namespace: string;
  readonly origin: SchemaOrigin;
  /** Whether any field is encrypted. Without, commands pass unchanged. */
  readonly encrypts: boolean;
  readonly root: ObjectNode;
}

interface Place {
  readonly path: string;
  readonly depth: number;
  readonly inherited: Metadata;
  /** The keyword above under which nothing may be encrypted, because its effect is undecidable. */
  readonly forbiddenBy: string | undefined;
}

type Fields = ReadonlyMap<string, Element>;

const besideEncrypt: ReadonlySet<string> = new Set(['encrypt', 'title', 'description']);

const matchesNothing = /(?!)/u;

function encrypts(node: SchemaNode | undefined): boolean {
  return node?.kind === 'encrypted' || (node?.kind === 'object' && node.encrypts);
}

function isObjectTyped(fields: Fields): boolean {
  const types = [fields.get('bsonType'), fields.get('type')].filter((type) => type !== undefined);
  const [type] = types;
  return (
    types.length === 1 && type?.type === BsonType.string && readString(type.value) === 'object'
  );
}

/** The type of a subschema in words, for errors. */
function statedType(fields: Fields): string {
  const [bsonType, type] = [fields.get('bsonType'), fields.get('type')];
  if (bsonType && type) return 'both `bsonType` and `type`';
  const stated = bsonType ?? type;
  if (!stated) return 'no type';
  if (stated.type !== BsonType.string) return `${typeName(stated.type)} as \`${stated.key}\``;
  return `\`${stated.key}: '${readString(stated.value)}'\``;
}

function documentOf(element: Element, path: string): Uint8Array {
  if (element.type === BsonType.object) return element.value;
  throw refusal('schema', 'Invalid schema', { path, rule: `\`${element.key}\` must be an object` });
}

class Compiler {
  readonly pointers: { readonly path: string; readonly encryption: Encryption }[] = [];
  /** The first pattern that cannot be used: an error if the schema encrypts anything. */
  unusable: { readonly path: string; readonly rule: string } | undefined;
  readonly #origin: SchemaOrigin;

  constructor(origin: SchemaOrigin) {
    this.#origin = origin;
  }

  compile(document: Uint8Array, place: Place): SchemaNode {
    requireDepth(place.depth);
    const fields = fieldsOf(document, place.path);
    for (const name of fields.keys()) this.#requireKeyword(name, place);
    const encrypt = fields.get('encrypt');
    if (encrypt) return this.#encrypted(encrypt, fields, place);
    const inner = { ...place, inherited: this.#metadata(fields, place) };
    this.#forbidBelow(fields, inner);
    const node = this.#object(fields, inner);
    if (!node.encrypts || isObjectTyped(fields)) return node;
    const rule = "the parent of an encrypted field must say `bsonType: 'object'`";
    throw invalid(place.path, `${rule}, found ${statedType(fields)}`);
  }

  #requireKeyword(name: string, { path }: Place): Keyword {
    const keyword = keywords.get(name);
    if (!keyword) {
      throw refusal('schema', 'Invalid schema', { path, rule: `unknown keyword \`${name}\`` });
    }
    if (keyword.remoteOnly && this.#origin === 'local') {
      throw refusal(
        'schema',
        `JSON schema keyword '${name}' is only allowed with a remote schema`,
        { path, rule: 'the client encrypts by a local schema, but does not validate with it' },
      );
    }
    return keyword;
  }

  #encrypted(encrypt: Element, fields: Fields, place: Place): SchemaNode {
    const { path, forbiddenBy } = place;
    if (forbiddenBy) throw invalid(path, `\`encrypt\` cannot stand under \`${forbiddenBy}\``);
    for (const name of fields.keys()) {
      if (besideEncrypt.has(name)) continue;
      throw name === 'encryptMetadata'
        ? invalid(path, "Cannot specify both $jsonSchema keywords 'encrypt' and 'encryptMetadata'")
        : invalid(path, `'encrypt' cannot be used in conjunction with '${name}'`);
    }
    const inner = `${path}.encrypt`;
    const encryption = parseEncrypt(documentOf(encrypt, path), inner, place.inherited);
    if (encryption.keyId.kind === 'pointer') this.pointers.push({ path, encryption });
    return { kind: 'encrypted', encryption };
  }

  #metadata(fields: Fields, { path, inherited, forbiddenBy }: Place): Metadata {
    const metadata = fields.get('encryptMetadata');
    if (!metadata) return inherited;
    if (forbiddenBy) {
      throw invalid(path, `\`encryptMetadata\` cannot stand under \`${forbiddenBy}\``);
    }
    if (!isObjectTyped(fields)) {
      const rule = "`encryptMetadata` needs `bsonType: 'object'` beside it";
      throw invalid(path, `${rule}, found ${statedType(fields)}`);
    }
    return parseMetadata(documentOf(metadata, path), `${path}.encryptMetadata`, inherited);
  }

  /** Under logical and array keywords the encryption of a field cannot be decided: none allowed. */
  #forbidBelow(fields: Fields, place: Place): void {
    for (const [name, element] of fields) {
      const keyword = keywords.get(name);
      if (!keyword?.remoteOnly || keyword.subschemas === 'none') continue;
      const inner = { ...place, forbiddenBy: place.forbiddenBy ?? name, depth: place.depth + 1 };
      const path = `${place.path}.${name}`;
      if (element.type === BsonType.object && keyword.subschemas !== 'by-name') {
        this.compile(element.value, { ...inner, path });
      } else if (element.type === BsonType.object || element.type === BsonType.array) {
        for (const { key, type, value } of elements(element.value)) {
          // `dependencies` may name an array of fields instead of a schema.
          if (type === BsonType.object) this.compile(value, { ...inner, path: `${path}.${key}` });
        }
      }
    }
  }

  #object(fields: Fields, place: Place): ObjectNode {
    const depth = place.depth + 1;
    const properties = new Map<string, SchemaNode>();
    for (const [name, element] of this.#named(fields, 'properties', place)) {
      const path = `${place.path}.properties.${name}`;
      const node = this.compile(documentOf(element, path), { ...place, path, depth });
      if (encrypts(node) && (name === '' || name.includes('.') || name.startsWith('$'))) {
        throw invalid(path, "the name of an encrypted field cannot be empty or have '.' or '$'");
      }
      properties.set(name, node);
    }
    const patterns: PatternNode[] = [];
    for (const [source, element] of this.#named(fields, 'patternProperties', place)) {
      const path = `${place.path}.patternProperties.${source}`;
      const node = this.compile(documentOf(element, path), { ...place, path, depth });
      patterns.push({ source, regex: this.#regex(source, path), node });
    }
    const additional = this.#additional(fields.get('additionalProperties'), place);
    const children = [...properties.values(), ...patterns.map(({ node }) => node), additional];
    return { kind: 'object', properties, patterns, additional, encrypts: children.some(encrypts) };
  }

  #named(fields: Fields, name: string, place: Place): Fields {
    const element = fields.get(name);
    if (!element) return new Map<string, Element>();
    return fieldsOf(documentOf(element, place.path), `${place.path}.${name}`);
  }

  #additional(element: Element | undefined, place: Place): SchemaNode | undefined {
    if (!element || element.type === BsonType.bool) return undefined;
    const path = `${place.path}.additionalProperties`;
    return this.compile(documentOf(element, path), { ...place, path, depth: place.depth + 1 });
  }

  #regex(source: string, path: string): RegExp {
    const regex = compilePattern(source);
    if (typeof regex !== 'string') return regex;
    this.unusable ??= { path, rule: regex };
    return matchesNothing;
  }
}

function compileRoot(jsonSchema: Uint8Array, origin: SchemaOrigin): ObjectNode {
  const compiler = new Compiler(origin);
  const place = { path: '$', depth: 1, inherited: {}, forbiddenBy: undefined };
  const root = compiler.compile(jsonSchema, place);
  if (compiler.unusable && encrypts(root)) {
    throw refusal('schema', 'Invalid schema', compiler.unusable);
  }
  if (root.kind !== 'object') throw invalid('$', 'a whole document cannot be encrypted');
  for (const { path, encryption } of compiler.pointers) {
    if (encryption.keyId.kind !== 'pointer') continue;
    const { components } = encryption.keyId.pointer;
    if (resolveComponents(rootPosition(root), components, components.join('.')).kind !== 'plain') {
      throw invalid(path, 'a JSON pointer `keyId` cannot lead to an encrypted field');
    }
  }
  return root;
}

/**
 * Compiles the JSON schema of one namespace. Throws `AnalysisError` (`schema`) with JSON path, broken
 * rule and namespace, `BsonError` for malformed bytes. CSFLE spec, "JSONSchema encrypt".
 */
export function compileSchema(
  jsonSchema: Uint8Array,
  origin: SchemaOrigin,
  namespace: string,
): EncryptionSchema {
  try {
    const root = compileRoot(jsonSchema, origin);
    return { namespace, origin, encrypts: root.encrypts, root };
  } catch (error) {
    if (!(error instanceof AnalysisError)) throw error;
    const source = origin === 'local' ? '`schemaMap`' : 'validator';
    const message = `${error.message} (${source} of \`${namespace}\`)`;
    throw new AnalysisError(error.code, message, { cause: error });
  }
}
