// Layer analysis: the compiled encryption schema and what it says about one field name.
// Knows nothing about commands; the compiler builds it, path resolution reads it.
import type { Algorithm } from '../../format/index.ts';
import { refusal } from '../errors.ts';
import type { JsonPointer } from '../pointers.ts';
import { matchesPattern } from './patterns.ts';

export type KeyId =
  | { readonly kind: 'uuid'; readonly id: Uint8Array }
  | { readonly kind: 'pointer'; readonly pointer: JsonPointer };

/** How one field is encrypted. `types` is null when a Random field accepts every encryptable type. */
export interface Encryption {
  readonly algorithm: Algorithm;
  readonly keyId: KeyId;
  readonly types: ReadonlySet<number> | null;
}

export interface PatternNode {
  readonly source: string;
  readonly regex: RegExp;
  readonly node: SchemaNode;
}

export interface ObjectNode {
  readonly kind: 'object';
  readonly properties: ReadonlyMap<string, SchemaNode>;
  readonly patterns: readonly PatternNode[];
  readonly additional: SchemaNode | undefined;
  /** Whether any field below is encrypted. */
  readonly encrypts: boolean;
}

export interface EncryptedNode {
  readonly kind: 'encrypted';
  readonly encryption: Encryption;
}

export type SchemaNode = { readonly kind: 'plain' } | EncryptedNode | ObjectNode;

/** An object with encrypted members, or what stands in its place: nothing, or a scalar in clear. */
export interface Prefix {
  readonly kind: 'prefix';
  /**
   * Each entry lists subschemas that all apply; of several entries any one may govern the object. An
   * empty entry says that its members are not encrypted.
   */
  readonly bases: readonly (readonly ObjectNode[])[];
  /** Members that a pipeline computed. They hide those that the bases describe. */
  readonly own: ReadonlyMap<string, Position>;
}

/**
 * What is known about a path. The schema itself gives U, E, P (with its subschemas) and B in the
 * rules' words. Pipelines add arrays of such values, and what may be encrypted in several ways.
 */
export type Position =
  | { readonly kind: 'plain' }
  | { readonly kind: 'encrypted'; readonly encryption: Encryption }
  | Prefix
  | { readonly kind: 'below'; readonly encryption: Encryption }
  | { readonly kind: 'array'; readonly item: Position }
  | { readonly kind: 'unknown'; readonly why: string; readonly inside: boolean };

export const plain: { readonly kind: 'plain' } = { kind: 'plain' };

const nothingComputed: ReadonlyMap<string, Position> = new Map<string, Position>();

/** The position of the document itself. */
export function rootPosition(root: ObjectNode): Position {
  return root.encrypts ? { kind: 'prefix', bases: [[root]], own: nothingComputed } : plain;
}

export function sameKey(a: KeyId, b: KeyId): boolean {
  if (a.kind === 'uuid') return b.kind === 'uuid' && Buffer.from(a.id).equals(b.id);
  return b.kind === 'pointer' && a.pointer.text === b.pointer.text;
}

function sameTypes(a: Encryption['types'], b: Encryption['types']): boolean {
  if (!a || !b) return a === b;
  return a.size === b.size && [...a].every((type) => b.has(type));
}

/** Whether two fields have the same encryption metadata: algorithm, key and types. */
export function sameEncryption(a: Encryption, b: Encryption): boolean {
  return a.algorithm === b.algorithm && sameKey(a.keyId, b.keyId) && sameTypes(a.types, b.types);
}

/** JSON Schema: `properties` and every matching pattern apply; `additionalProperties` if none did. */
function matches(node: ObjectNode, name: string): SchemaNode[] {
  const found: SchemaNode[] = [];
  const property = node.properties.get(name);
  if (property) found.push(property);
  for (const { regex, node: matched } of node.patterns) {
    if (matchesPattern(regex, name)) found.push(matched);
  }
  if (found.length === 0 && node.additional) found.push(node.additional);
  return found;
}

/**
 * What the schema says about the field `name` of an object. Throws `AnalysisError` (`schema`) when
 * several subschemas apply and do not agree on the encryption.
 */
export function childPosition(
  nodes: readonly ObjectNode[],
  name: string,
  path: string,
): { readonly kind: 'plain' } | EncryptedNode | Prefix {
  const found = nodes.flatMap((node) => matches(node, name));
  const [first] = found;
  if (!first) return plain;
  const encrypted = found.filter((node) => node.kind === 'encrypted');
  const [one] = encrypted;
  if (one) {
    const agree = encrypted.every((node) => sameEncryption(node.encryption, one.encryption));
    if (agree && encrypted.length === found.length) return one;
    throw refusal('schema', "Invalid schema containing the 'encrypt' keyword.", {
      path,
      rule: 'the subschemas that apply to this field do not agree on its encryption',
    });
  }
  const objects = found.filter((node) => node.kind === 'object').filter((node) => node.encrypts);
  return objects.length > 0 ? { kind: 'prefix', bases: [objects], own: nothingComputed } : plain;
}

/** Whether two compiled schemas encrypt the same fields in the same way. */
export function sameTree(a: SchemaNode | undefined, b: SchemaNode | undefined): boolean {
  const left = a && (a.kind !== 'object' || a.encrypts) ? a : plain;
  const right = b && (b.kind !== 'object' || b.encrypts) ? b : plain;
  if (left.kind === 'encrypted') {
    return right.kind === 'encrypted' && sameEncryption(left.encryption, right.encryption);
  }
  if (left.kind !== 'object' || right.kind !== 'object') return left.kind === right.kind;
  const names = new Set([...left.properties.keys(), ...right.properties.keys()]);
  return (
    [...names].every((name) => sameTree(left.properties.get(name), right.properties.get(name))) &&
    left.patterns.length === right.patterns.length &&
    left.patterns.every((pattern, index) => {
      const other = right.patterns[index];
      return pattern.source === other?.source && sameTree(pattern.node, other.node);
    }) &&
    sameTree(left.additional, right.additional)
  );
}
