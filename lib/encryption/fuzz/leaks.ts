// Fuzzing: finds a secret that an accepted command still has in clear. Shares no rule with the analysis:
// it knows only where commands hold filters and documents, and the names of the encrypted fields.
import { BsonType, encodeString } from '../bytes/index.ts';
import { encryptedSubtype } from '../format/index.ts';
import { parseTree, type Node } from './bson-tree.ts';
import { canary, encryptedPaths } from './fixtures.ts';
import { holds, leavesOf } from './walk.ts';

/** What each command holds of the collection's own fields: paths of members, arrays walked through. */
const places: Readonly<Record<string, readonly string[]>> = {
  find: ['filter'],
  count: ['query'],
  distinct: ['query'],
  insert: ['documents'],
  delete: ['deletes.q'],
  update: ['updates.q', 'updates.u'],
  findAndModify: ['query', 'update'],
};

/** Operators whose operand is the field's own value, or around whole predicates. */
const transparent: ReadonlySet<string> = new Set([
  ...['$and', '$or', '$nor', '$not', '$eq', '$ne', '$in', '$nin', '$gt', '$gte', '$lt', '$lte'],
  ...['$set', '$setOnInsert', '$all', '$elemMatch', '$push', '$each', '$addToSet', '$min', '$max'],
]);

const collection = encodeString('patients');

function members(nodes: readonly Node[], path: readonly string[]): Node[][] {
  const [name, ...rest] = path;
  if (name === undefined) return [[...nodes]];
  return nodes.flatMap(({ key, type, value }) => {
    if (!Array.isArray(value)) return [];
    if (key === name && type === BsonType.array) return value.flatMap((item) => inside(item, rest));
    return key === name ? members(value, rest) : [];
  });
}

const inside = ({ value, type }: Node, rest: readonly string[]): Node[][] =>
  Array.isArray(value) && type === BsonType.object ? members(value, rest) : [];

const isEncrypted = (path: string): boolean =>
  encryptedPaths.some((encrypted) => path === encrypted || path.startsWith(`${encrypted}.`));

function leakIn(
  nodes: readonly Node[],
  names: readonly string[],
  inArray: boolean,
): string | undefined {
  for (const node of nodes) {
    const { key, type, value } = node;
    const isOperator = key.startsWith('$') && !inArray;
    if (isOperator && !transparent.has(key)) continue;
    const inner = isOperator || inArray ? names : [...names, key];
    const path = inner.join('.');
    if (Array.isArray(value)) {
      const leak = leakIn(value, inner, type === BsonType.array);
      if (leak !== undefined) return leak;
    } else if (isEncrypted(path) && holds(node, canary) && !isSealed(node)) {
      return path;
    }
  }
  return undefined;
}

const isSealed = ({ type, value }: Node): boolean =>
  type === BsonType.binData && !Array.isArray(value) && value[4] === encryptedSubtype;

/** The path of an encrypted field that holds the canary in clear, or undefined. */
export function leakedPath(command: Uint8Array): string | undefined {
  const root = parseTree(command) ?? [];
  const [first] = root;
  if (first?.key === 'explain' && Array.isArray(first.value)) return leakOf(first.value);
  return leakOf(root);
}

function leakOf(root: readonly Node[]): string | undefined {
  const [first] = root;
  if (!first || Array.isArray(first.value)) return undefined;
  if (Buffer.compare(first.value, collection) !== 0) return undefined;
  if (first.key === 'aggregate') return leakInPipeline(root);
  if (!Object.hasOwn(places, first.key)) return undefined;
  for (const place of places[first.key] ?? []) {
    for (const nodes of members(root, place.split('.'))) {
      const leak = leakIn(nodes, [], false);
      if (leak !== undefined) return leak;
    }
  }
  return undefined;
}

/** Stages after which the documents still are the collection's. */
const keeping: ReadonlySet<string> = new Set(['$match', '$limit', '$skip', '$sort', '$sample']);

function leakInPipeline(root: readonly Node[]): string | undefined {
  for (const [stage] of members(root, ['pipeline'])) {
    if (!stage || !keeping.has(stage.key)) return undefined;
    const isFilter = stage.key === '$match' && Array.isArray(stage.value);
    const leak = isFilter ? leakIn(stage.value as Node[], [], false) : undefined;
    if (leak !== undefined) return leak;
  }
  return undefined;
}

/** Whether the canary stands nowhere but in values of encrypted fields, so that no error may say it. */
export function canaryIsPrivate(command: Uint8Array): boolean {
  const leaves = leavesOf(command);
  for (const { names, node } of leaves ?? []) {
    if (names.some((name) => name.includes(canary))) return false;
    if (!holds(node, canary)) continue;
    if (node.type !== BsonType.string || names.includes('$rename')) return false;
    const fields = names.filter((name) => !name.startsWith('$')).slice(-2);
    if (!fields.some((_, at) => isEncrypted(fields.slice(at).join('.')))) return false;
    if (Buffer.from(node.value as Uint8Array).includes(0x24)) return false;
  }
  return leaves !== undefined;
}
