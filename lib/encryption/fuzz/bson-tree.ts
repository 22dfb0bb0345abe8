// Fuzzing: BSON as a tree that can be changed and written again, right or wrong: types that do not fit
// their bytes, repeated names, any depth. Lengths are correct; `mutate.ts` breaks those.
import { BsonError } from '../errors.ts';
import { BsonType, elements } from '../bytes/index.ts';

export interface Node {
  type: number;
  key: string;
  /** Raw bytes, or the members of an object or array. */
  value: Uint8Array | Node[];
}

const maxParsedDepth = 64;

function parseLevel(document: Uint8Array, depth: number): Node[] {
  return [...elements(document)].map(({ type, key, value }) => {
    const nests = type === BsonType.object || type === BsonType.array;
    return { type, key, value: nests && depth < maxParsedDepth ? tryLevel(value, depth) : value };
  });
}

function tryLevel(value: Uint8Array, depth: number): Uint8Array | Node[] {
  return asTree(() => parseLevel(value, depth + 1)) ?? value;
}

function asTree(parse: () => Node[]): Node[] | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof BsonError) return undefined;
    throw error;
  }
}

/** The members of a document, or undefined for bytes that are none. */
export function parseTree(document: Uint8Array): Node[] | undefined {
  return asTree(() => parseLevel(document, 1));
}

/** The bytes of a document with these members. */
export function writeTree(nodes: readonly Node[]): Buffer {
  const parts: Uint8Array[] = [Buffer.alloc(4)];
  for (const { type, key, value } of nodes) {
    parts.push(Buffer.of(type), Buffer.from(key), Buffer.of(0));
    parts.push(Array.isArray(value) ? writeTree(value) : value);
  }
  parts.push(Buffer.of(0));
  const bytes = Buffer.concat(parts);
  bytes.writeInt32LE(bytes.length, 0);
  return bytes;
}

/** Every list of members in a tree: the root's own, and those of each object and array below. */
export function levelsOf(root: Node[]): Node[][] {
  const levels = [root];
  for (const level of levels) {
    for (const { value } of level) if (Array.isArray(value)) levels.push(value);
  }
  return levels;
}

/** A copy that shares no list with the original. */
export function copyTree(nodes: readonly Node[]): Node[] {
  return nodes.map(({ type, key, value }) => ({
    type,
    key,
    value: Array.isArray(value) ? copyTree(value) : value,
  }));
}
