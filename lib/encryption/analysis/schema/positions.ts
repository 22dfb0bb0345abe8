// Layer analysis: what a pipeline knows about documents whose fields it has moved, and how two such
// descriptions combine. Knows nothing about stages and expressions.
import { refusal } from '../errors.ts';
import {
  childPosition,
  type ObjectNode,
  plain,
  type Position,
  type Prefix,
  sameEncryption,
  type SchemaNode,
} from './tree.ts';

type Own = ReadonlyMap<string, Position>;
type Bases = Prefix['bases'];

/** A value of which it cannot be said whether, or how, it is encrypted. */
export function unknown(why: string, inside = false): Position {
  return { kind: 'unknown', why, inside };
}

/** An array of such items. What lies below a value of an array stays below it. */
export function arrayOf(item: Position): Position {
  if (item.kind === 'plain' || item.kind === 'below') return item;
  if (item.kind === 'unknown' && item.inside) return item;
  return { kind: 'array', item };
}

function encrypts(node: SchemaNode | undefined): boolean {
  return node?.kind === 'encrypted' || (node?.kind === 'object' && node.encrypts);
}

function encryptsBeside(own: Own, node: ObjectNode): boolean {
  return (
    [...node.properties].some(([name, child]) => !own.has(name) && encrypts(child)) ||
    node.patterns.some((pattern) => encrypts(pattern.node)) ||
    encrypts(node.additional)
  );
}

interface Extent {
  readonly fields: number;
  readonly depth: number;
}

/** Known extents: the same value may be a member of many objects, and of those that hold them. */
const extents = new WeakMap<Position, Extent>();
const maxComputed: Extent = { fields: 10_000, depth: 200 };

function extentOf(position: Position): Extent {
  if (position.kind !== 'prefix' && position.kind !== 'array') return { fields: 1, depth: 0 };
  const found = extents.get(position);
  if (found) return found;
  const inside = position.kind === 'array' ? [position.item] : [...position.own.values()];
  let fields = 1;
  let depth = 0;
  for (const extent of inside.map(extentOf)) {
    fields += extent.fields;
    depth = Math.max(depth, extent.depth);
  }
  const extent = { fields, depth: depth + 1 };
  extents.set(position, extent);
  return extent;
}

/** A few stages that each repeat what was computed before would take forever to follow. */
function requireExtent(own: Own): void {
  const extent = extentOf({ kind: 'prefix', bases: [[]], own });
  if (extent.fields <= maxComputed.fields && extent.depth <= maxComputed.depth) return;
  throw refusal('pipeline', 'A pipeline computes too many nested fields from encrypted ones', {
    rule: `expected at most ${maxComputed.fields} fields and ${maxComputed.depth} levels`,
  });
}

/**
 * An object with these members, or plain when none of them is encrypted.
 * Throws `AnalysisError` (`pipeline`) when they are too many to follow.
 */
export function objectOf(own: Own, bases: Bases = [[]]): Position {
  requireExtent(own);
  const computed = [...own.values()].some(({ kind }) => kind !== 'plain');
  const left = bases.some((nodes) => nodes.some((node) => encryptsBeside(own, node)));
  return computed || left ? { kind: 'prefix', bases, own } : plain;
}

/** What is known about the member `name` of an object. Throws `AnalysisError` (`schema`). */
export function memberPosition(object: Prefix, name: string, path: string): Position {
  const computed = object.own.get(name);
  if (computed) return computed;
  const why = 'the collections that were combined do not agree on its encryption';
  return object.bases
    .map((nodes): Position => childPosition(nodes, name, path))
    .reduce((a, b) => combine(a, b, why));
}

function sameNodes(a: readonly ObjectNode[], b: readonly ObjectNode[]): boolean {
  return a.length === b.length && a.every((node, index) => node === b[index]);
}

function combineObjects(a: Prefix, b: Prefix, why: string): Position {
  const own = new Map<string, Position>();
  for (const name of [...a.own.keys(), ...b.own.keys()]) {
    own.set(name, combine(memberPosition(a, name, name), memberPosition(b, name, name), why));
  }
  const added = b.bases.filter((nodes) => !a.bases.some((other) => sameNodes(nodes, other)));
  return objectOf(own, [...a.bases, ...added]);
}

/** A plain value as an object, or an object. Undefined for what is neither. */
export function asObject(position: Position): Prefix | undefined {
  if (position.kind === 'prefix') return position;
  return position.kind === 'plain' ? { kind: 'prefix', bases: [[]], own: new Map() } : undefined;
}

/** What is known about a value that is either the one or the other. `why` words a disagreement. */
export function combine(a: Position, b: Position, why: string): Position {
  if (a === b || (a.kind === 'plain' && b.kind === 'plain')) return a;
  if (a.kind === 'encrypted' && b.kind === 'encrypted') {
    return sameEncryption(a.encryption, b.encryption) ? a : unknown(why);
  }
  if (a.kind === 'array' && b.kind === 'array') return arrayOf(combine(a.item, b.item, why));
  const left = asObject(a);
  const right = asObject(b);
  return left && right ? combineObjects(left, right, why) : unknown(why);
}

function refuseWrite(path: string, rule: string): Error {
  return refusal('pipeline', 'A pipeline cannot write below this path', { path, rule });
}

/**
 * The position after `value` was written at a path, through arrays as the server does. Throws
 * `AnalysisError` (`pipeline`) where a plaintext would take the write otherwise than a ciphertext.
 */
export function withPosition(
  position: Position,
  components: readonly string[],
  value: Position,
  path = components.join('.'),
  atRoot = true,
): Position {
  const [name, ...rest] = components;
  if (name === undefined || (position.kind === 'plain' && value.kind === 'plain')) return value;
  if (position.kind === 'array') {
    return arrayOf(withPosition(position.item, components, value, path, false));
  }
  const object = asObject(position);
  if (!object) throw refuseWrite(path, 'it leads into a value that is or may be encrypted');
  if (!atRoot && /^\d+$/.test(name)) {
    throw refuseWrite(path, 'a number in a path of encrypted fields could be an array position');
  }
  const inner = withPosition(memberPosition(object, name, path), rest, value, path, false);
  return objectOf(new Map([...object.own, [name, inner]]), object.bases);
}

/** One path with something encrypted, for messages. */
export function encryptedPath(position: Position): string | undefined {
  if (position.kind === 'array') return encryptedPath(position.item);
  if (position.kind !== 'prefix') return undefined;
  const inside = (name: string, child: Position): string => {
    const below = encryptedPath(child);
    return below === undefined ? name : `${name}.${below}`;
  };
  for (const [name, child] of position.own) {
    if (child.kind !== 'plain') return inside(name, child);
  }
  for (const node of position.bases.flat()) {
    for (const [name, child] of node.properties) {
      if (!encrypts(child) || position.own.has(name)) continue;
      return inside(name, memberPosition(position, name, name));
    }
    for (const { source, node: child } of node.patterns) if (encrypts(child)) return `/${source}/`;
  }
  return '*';
}
