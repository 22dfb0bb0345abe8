// Fuzzing: every leaf of a document with the names that lead to it.
import { BsonType } from '../bytes/index.ts';
import { type Node, parseTree } from './bson-tree.ts';

export interface Leaf {
  /** The names from the root, positions in arrays left out. */
  readonly names: readonly string[];
  readonly node: Node;
}

function* below(
  nodes: readonly Node[],
  names: readonly string[],
  inArray: boolean,
): Generator<Leaf, void, undefined> {
  for (const node of nodes) {
    const named = inArray ? names : [...names, node.key];
    if (Array.isArray(node.value)) {
      yield* below(node.value, named, node.type === BsonType.array);
    } else {
      yield { names: named, node };
    }
  }
}

/** Every leaf of a document, or undefined for bytes that are no document. */
export function leavesOf(document: Uint8Array): Leaf[] | undefined {
  const root = parseTree(document);
  return root && [...below(root, [], false)];
}

/** Whether a leaf's bytes or one of its names holds `text`. */
export function holds({ value }: Node, text: string): boolean {
  return !Array.isArray(value) && Buffer.from(value).includes(text, 0, 'latin1');
}
