// Fuzzing: changes to a BSON document that leave it BSON, so that they get past the reader and into
// the rules: other types, names, orders, repetitions, deeper nesting, parts of other documents.
import { BsonType, encodeDouble, encodeInt32, encodeInt64, encodeString } from '../bytes/index.ts';
import { copyTree, levelsOf, type Node, parseTree, writeTree } from './bson-tree.ts';
import type { Random } from './random.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const types: readonly number[] = Object.values(BsonType);

/** Values at the edges of their types. */
const interesting: readonly (readonly [type: number, value: Uint8Array])[] = [
  [BsonType.int, encodeInt32(0)],
  [BsonType.int, encodeInt32(1)],
  [BsonType.int, encodeInt32(-1)],
  [BsonType.int, encodeInt32(0x7fff_ffff)],
  [BsonType.long, encodeInt64(-(2n ** 63n))],
  [BsonType.long, encodeInt64(1n)],
  [BsonType.double, encodeDouble(Number.NaN)],
  [BsonType.double, encodeDouble(1)],
  [BsonType.string, encodeString('')],
  [BsonType.string, encodeString('a')],
  [BsonType.string, encodeString('/a/0/~1')],
  [BsonType.string, encodeString('$a.b')],
  [BsonType.string, encodeString('$$ROOT')],
  [BsonType.string, encodeString('object')],
  [BsonType.bool, bytes(0)],
  [BsonType.bool, bytes(1)],
  [BsonType.null, bytes()],
  [BsonType.undefined, bytes()],
  [BsonType.minKey, bytes()],
  [BsonType.maxKey, bytes()],
  [BsonType.timestamp, new Uint8Array(8)],
  [BsonType.date, encodeInt64(0n)],
  [BsonType.objectId, new Uint8Array(12)],
  [BsonType.decimal, new Uint8Array(16)],
  [BsonType.regex, bytes(0x61, 0, 0x69, 0)],
  [BsonType.binData, bytes(0, 0, 0, 0, 6)],
  [BsonType.binData, bytes(1, 0, 0, 0, 6, 0)],
  [BsonType.binData, bytes(2, 0, 0, 0, 0, 1, 2)],
  [BsonType.object, bytes(5, 0, 0, 0, 0)],
  [BsonType.array, bytes(5, 0, 0, 0, 0)],
];

const depths = [1, 2, 5, 50, 99, 100, 101, 199, 200, 201, 1000];
const repeats = [2, 3, 20, 100];
const maxGrowth = 8 * 1024;

interface Place {
  readonly level: Node[];
  readonly index: number;
  readonly node: Node;
}

function somewhere(root: Node[], random: Random): Place | undefined {
  const level = random.pick(levelsOf(root).filter((each) => each.length > 0 || each === root));
  const index = random.below(level.length);
  const node = level[index];
  return node && { level, index, node };
}

function wrap(node: Node, random: Random, words: readonly string[]): void {
  for (let left = random.pick(depths); left > 0; left--) {
    const type = random.chance(30) ? BsonType.array : BsonType.object;
    const key = random.chance(50) ? node.key : random.pick(words);
    node.value = [{ type: node.type, key, value: node.value }];
    node.type = type;
  }
}

type Change = (place: Place, random: Random, donor: () => Node[], words: readonly string[]) => void;

const changes: readonly Change[] = [
  ({ node }, random) => {
    node.type = random.chance(90) ? random.pick(types) : random.byte();
  },
  ({ node }, random) => {
    [node.type, node.value] = random.pick(interesting);
  },
  ({ level, index }) => void level.splice(index, 1),
  ({ level, node }) => void level.push(...copyTree([node])),
  ({ level, index, node }, random) => {
    const other = random.below(level.length);
    const swapped = level[other];
    if (swapped) [level[index], level[other]] = [swapped, node];
  },
  ({ node }, random, _, words) => {
    node.key = random.pick(words);
  },
  ({ node }, random, _, words) => {
    node.key = `${node.key}${random.pick(['.', '.0', '.$', '.$[]', '\0', ''])}${random.pick(words)}`;
  },
  ({ node }, random, _, words) => wrap(node, random, words),
  ({ node }) => {
    const [inner] = Array.isArray(node.value) ? node.value : [];
    if (inner) [node.type, node.value] = [inner.type, inner.value];
  },
  ({ node }, random, donor) => {
    const place = somewhere(donor(), random);
    if (place) [node.type, node.value] = [place.node.type, place.node.value];
  },
  ({ level, index }, random, donor) => {
    const place = somewhere(donor(), random);
    if (place) level.splice(index, 0, place.node);
  },
  ({ level, node }, random) => {
    const size = Array.isArray(node.value) ? writeTree(node.value).length : node.value.byteLength;
    for (let left = random.pick(repeats); left > 0 && left * size < maxGrowth; left--) {
      level.push(...copyTree([node]));
    }
  },
];

/**
 * Changes a document in one to four ways. `words` are names that mean something to the parser,
 * `donor` is another document to take parts from. Undefined when `document` is no BSON.
 */
export function mutateBson(
  document: Uint8Array,
  donor: Uint8Array,
  words: readonly string[],
  random: Random,
): Buffer | undefined {
  const root = parseTree(document);
  if (!root) return undefined;
  for (let left = 1 + random.below(4); left > 0; left--) {
    const place = somewhere(root, random);
    if (!place) break;
    random.pick(changes)(place, random, () => copyTree(parseTree(donor) ?? []), words);
  }
  return writeTree(root);
}
