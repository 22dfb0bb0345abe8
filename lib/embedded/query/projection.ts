// Query layer: projections of find and findAndModify, and of `$project`: inclusion or exclusion by path, `$slice`,
// `$elemMatch`, the positional `$`, and computed fields. Values that pass through keep their BSON types.
import { CommandError } from '../errors.ts';
import { compileValue } from './expression.ts';
import { compileElement, isOperatorDocument } from './filter.ts';
import { matchedIndex } from './positional.ts';
import { define } from './promote.ts';
import { joinElements, splitDocument } from './raw.ts';
import { type Document, encode, isDocument, isNumeric, toInteger, toNumber } from './values.ts';

/** A projection as a tree: true includes (or excludes), a function computes, a map goes deeper. */
type Tree = Map<string, Node>;
type Node = true | Tree | { compute: Compute } | { array: ArrayChange };
type Compute = (document: Document) => unknown;
type ArrayChange = (value: readonly unknown[], document: Document) => unknown;

interface Plan {
  mode: 'include' | 'exclude';
  tree: Tree;
  id: boolean;
  computes: boolean;
}

/** Projects a typed document. Throws CommandError while compiling. */
export function compileDocumentProjection(
  projection: Document,
  filter: Document = {},
  variables?: Document,
): (document: Document) => Document {
  const plan = parse(projection, filter, variables);
  return (document) => apply(plan, document);
}

/** Projects a match to bytes. No projection gives the stored bytes; plain inclusions copy elements. */
export function compileProjection(
  projection: Document,
  filter: Document = {},
  variables?: Document,
): (match: { bytes: Uint8Array; document: Document }) => Uint8Array {
  if (Object.keys(projection).length === 0) return ({ bytes }) => bytes;
  const plan = parse(projection, filter, variables);
  if ([...plan.tree.values()].every((node) => node === true)) {
    const include = plan.mode === 'include';
    return ({ bytes }) => {
      const kept = splitDocument(bytes).filter(({ name }) =>
        name === '_id' ? plan.id : plan.tree.has(name) === include,
      );
      return joinElements(kept.map((element) => element.bytes));
    };
  }
  return ({ document }) => encode(apply(plan, document));
}

function parse(projection: Document, filter: Document, variables: Document | undefined): Plan {
  const tree: Tree = new Map();
  let mode: Plan['mode'] | undefined;
  let id: boolean | undefined;
  let computes = false;
  const setMode = (wanted: Plan['mode'], path: string) => {
    if (mode !== undefined && mode !== wanted) {
      const [code, doing, other] =
        wanted === 'include'
          ? (['Location31253', 'inclusion', 'exclusion'] as const)
          : (['Location31254', 'exclusion', 'inclusion'] as const);
      throw new CommandError(code, `Cannot do ${doing} on field ${path} in ${other} projection`);
    }
    mode = wanted;
  };
  for (const [path, value] of flatten(projection)) {
    const flag =
      typeof value === 'boolean' ? value : isNumeric(value) ? toNumber(value) !== 0 : undefined;
    if (path === '_id' && flag !== undefined) {
      id = flag;
    } else if (path.endsWith('.$') && flag === true) {
      setMode('include', path);
      insert(tree, path.slice(0, -2), { array: positional(path.slice(0, -2), filter) });
    } else if (flag !== undefined) {
      setMode(flag ? 'include' : 'exclude', path);
      insert(tree, path, true);
    } else if (isDocument(value) && '$slice' in value && isFindSlice(value['$slice'])) {
      insert(tree, path, { array: slice(value['$slice']) });
    } else if (isDocument(value) && '$elemMatch' in value) {
      setMode('include', path);
      insert(tree, path, { array: elemMatch(value['$elemMatch']) });
    } else {
      if (isDocument(value) && '$meta' in value) {
        throw new CommandError('CommandNotSupported', '$meta is not supported');
      }
      setMode('include', path);
      insert(tree, path, { compute: compileValue(value, variables) });
      computes = true;
    }
  }
  // Manual, "Project Fields to Return": `_id: 0` alone excludes, `_id: 1` alone includes only `_id`.
  const fallback = id === true ? 'include' : 'exclude';
  return { mode: mode ?? fallback, tree, id: id ?? true, computes };
}

/** Embedded projection documents are paths: `{ a: { b: 1 } }` is `{ 'a.b': 1 }`. */
function* flatten(projection: Document, prefix = ''): Generator<[string, unknown]> {
  for (const [name, value] of Object.entries(projection)) {
    if (name === '' || name.startsWith('.') || name.endsWith('.') || name.includes('..')) {
      throw new CommandError('Location40352', 'FieldPath field names may not be empty');
    }
    if (name.startsWith('$') && prefix === '') {
      throw new CommandError('Location16410', 'FieldPath field names may not start with `$`');
    }
    const nested = isDocument(value) && !isOperatorDocument(value) && Object.keys(value).length > 0;
    if (nested) yield* flatten(value, `${prefix}${name}.`);
    else yield [prefix + name, value];
  }
}

function insert(tree: Tree, path: string, node: Node): void {
  const parts = path.split('.');
  const last = parts.pop() ?? '';
  let current = tree;
  for (const part of parts) {
    const next = current.get(part) ?? new Map<string, Node>();
    if (!(next instanceof Map)) throw collision(path);
    current.set(part, next);
    current = next;
  }
  if (current.has(last)) throw collision(path);
  current.set(last, node);
}

function collision(path: string): CommandError {
  return new CommandError('Location31250', `Path collision at ${path}`);
}

function apply(plan: Plan, document: Document): Document {
  const tree = new Map(plan.tree);
  if (!tree.has('_id') && plan.id === (plan.mode === 'include')) tree.set('_id', true);
  return plan.mode === 'include'
    ? include(tree, document, document)
    : exclude(tree, document, document);
}

function include(tree: Tree, value: Document, root: Document): Document {
  const result: Document = {};
  for (const [name, field] of Object.entries(value)) {
    const node = tree.get(name);
    if (node === true) define(result, name, field);
    else if (node instanceof Map) setPresent(result, name, includeValue(node, field, root));
    else if (node && 'array' in node)
      setPresent(result, name, changeArray(node.array, field, root));
  }
  for (const [name, node] of tree) {
    if (node === true || 'array' in node) continue;
    if ('compute' in node) setPresent(result, name, node.compute(root));
    else if (!Object.hasOwn(result, name) && hasComputed(node)) {
      define(result, name, include(node, {}, root));
    }
  }
  return result;
}

/** Scalars on the way to an included field vanish; array elements that are scalars do too. */
function includeValue(tree: Tree, value: unknown, root: Document): unknown {
  if (isDocument(value)) return include(tree, value, root);
  if (hasComputed(tree) && !Array.isArray(value)) return include(tree, {}, root);
  if (!Array.isArray(value)) return undefined;
  return value.map((item: unknown) => includeValue(tree, item, root)).filter(isPresent);
}

function hasComputed(tree: Tree): boolean {
  return [...tree.values()].some((node) => {
    if (node === true) return false;
    return node instanceof Map ? hasComputed(node) : 'compute' in node;
  });
}

function exclude(tree: Tree, value: Document, root: Document): Document {
  const result: Document = {};
  for (const [name, field] of Object.entries(value)) {
    const node = tree.get(name);
    if (node === undefined) define(result, name, field);
    else if (node instanceof Map) define(result, name, excludeValue(node, field, root));
    else if (node !== true && 'array' in node)
      setPresent(result, name, changeArray(node.array, field, root));
  }
  return result;
}

function excludeValue(tree: Tree, value: unknown, root: Document): unknown {
  if (isDocument(value)) return exclude(tree, value, root);
  if (!Array.isArray(value)) return value;
  return value.map((item: unknown) => excludeValue(tree, item, root));
}

function changeArray(change: ArrayChange, value: unknown, root: Document): unknown {
  return Array.isArray(value) ? change(value, root) : value;
}

function setPresent(document: Document, name: string, value: unknown): void {
  if (isPresent(value)) define(document, name, value);
}

function isPresent(value: unknown): boolean {
  return value !== undefined;
}

function isFindSlice(operand: unknown): boolean {
  return (Array.isArray(operand) ? operand : [operand]).every(isNumeric);
}

/** `{ $slice: n }`, `{ $slice: -n }`, `{ $slice: [skip, n] }`. */
function slice(operand: unknown): ArrayChange {
  const numbers = (Array.isArray(operand) ? operand : [operand]).map(toInteger);
  const [first, second] = numbers;
  if (first === undefined || (numbers.length === 2 && (second === undefined || second <= 0))) {
    throw new CommandError(
      'Location28724',
      '$slice needs a count, or a position and a positive count',
    );
  }
  if (second === undefined) {
    return (value) => (first < 0 ? value.slice(first) : value.slice(0, first));
  }
  return (value) => {
    const start = first < 0 ? Math.max(0, value.length + first) : first;
    return value.slice(start, start + second);
  };
}

function elemMatch(operand: unknown): ArrayChange {
  const test = compileElement(operand);
  return (value) => {
    const found = value.findIndex(test);
    return found < 0 ? undefined : [value[found]];
  };
}

function positional(path: string, filter: Document): ArrayChange {
  const find = matchedIndex(path, filter);
  return (value, document) => {
    const index = find(document);
    if (index === undefined) {
      throw new CommandError(
        'Location51246',
        "Executor error during find command :: caused by :: positional operator '.$' couldn't find a matching element in the array",
      );
    }
    return [value[index]];
  };
}
