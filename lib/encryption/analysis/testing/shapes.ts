// Test inputs of layer analysis: what the documents of a pipeline look like, stage by stage. A model
// of its own that shares no code with the engine; it says which constants are secret.
import type { Choices } from './choices.ts';

export type LeafType =
  'string' | 'int' | 'long' | 'date' | 'objectId' | 'bool' | 'double' | 'object' | 'array';

/** How a leaf is encrypted. Equal metadata, equal ciphertexts: then, and only if Deterministic. */
export interface Secret {
  readonly deterministic: boolean;
  readonly key: string;
  readonly type: LeafType;
}

export type Shape =
  | { readonly kind: 'leaf'; readonly type: LeafType; readonly secret: Secret | null }
  | { readonly kind: 'object'; readonly members: ReadonlyMap<string, Shape> }
  | { readonly kind: 'array'; readonly item: Shape }
  /** Encrypted in some documents and not, or otherwise, in others. */
  | { readonly kind: 'mixed' };

export const mixed: Shape = { kind: 'mixed' };
export const leaf = (type: LeafType, secret: Secret | null = null): Shape => ({
  kind: 'leaf',
  type,
  secret,
});
export const object = (members: Iterable<readonly [string, Shape]>): Shape => ({
  kind: 'object',
  members: new Map(members),
});
export const array = (item: Shape): Shape => ({ kind: 'array', item });
export const empty: Shape = object([]);

export function holdsSecret(shape: Shape): boolean {
  switch (shape.kind) {
    case 'leaf':
      return shape.secret !== null;
    case 'array':
      return holdsSecret(shape.item);
    case 'object':
      return [...shape.members.values()].some(holdsSecret);
    case 'mixed':
      return true;
  }
}

export const isDeterministic = (shape: Shape): boolean =>
  shape.kind === 'leaf' && shape.secret?.deterministic === true;

function sameSecret(a: Secret | null, b: Secret | null): boolean {
  if (a === null || b === null) return a === b;
  return a.deterministic === b.deterministic && a.key === b.key && a.type === b.type;
}

/** Encrypted where it is there at all, for all that is known. */
export function doubtful(shape: Shape): Shape {
  if (!holdsSecret(shape)) return shape;
  if (shape.kind === 'array') return array(doubtful(shape.item));
  if (shape.kind !== 'object') return mixed;
  return object([...shape.members].map(([name, member]) => [name, doubtful(member)]));
}

/** What a value is that may be either. */
export function either(a: Shape, b: Shape): Shape {
  if (!holdsSecret(a) && !holdsSecret(b)) return a;
  // A scalar in the place of an object has no members that could be encrypted.
  if (a.kind === 'object' && b.kind === 'leaf' && !b.secret) return doubtful(a);
  if (b.kind === 'object' && a.kind === 'leaf' && !a.secret) return doubtful(b);
  if (a.kind === 'leaf' && b.kind === 'leaf') return sameSecret(a.secret, b.secret) ? a : mixed;
  if (a.kind === 'array' && b.kind === 'array') return array(either(a.item, b.item));
  if (a.kind !== 'object' || b.kind !== 'object') return mixed;
  return merged(a, b, either);
}

/** Members of both; what both have is decided by `clash`. */
export function merged(a: Shape, b: Shape, clash: (a: Shape, b: Shape) => Shape): Shape {
  if (a.kind !== 'object' || b.kind !== 'object') return mixed;
  const members = new Map(a.members);
  for (const [name, shape] of b.members) {
    const other = members.get(name);
    members.set(name, other ? clash(other, shape) : shape);
  }
  return { kind: 'object', members };
}

/** Every path with its shape, those through arrays included. */
export function paths(shape: Shape, above = ''): [path: string, shape: Shape][] {
  if (shape.kind === 'array') return paths(shape.item, above);
  if (shape.kind !== 'object') return [];
  return [...shape.members].flatMap(([name, member]): [string, Shape][] => [
    [above + name, member],
    ...paths(member, `${above}${name}.`),
  ]);
}

/** What a path means; a value behind an array is an array. */
export function at(shape: Shape, path: string): Shape {
  if (path === '') return shape;
  if (shape.kind === 'array') return array(at(shape.item, path));
  const [name = '', ...rest] = path.split('.');
  if (shape.kind === 'object') return at(shape.members.get(name) ?? empty, rest.join('.'));
  return holdsSecret(shape) ? mixed : empty;
}

/** The shape with another one at a path; what is no object on the way becomes one. */
export function withShape(shape: Shape, path: string, value: Shape | undefined): Shape {
  if (shape.kind === 'array') return array(withShape(shape.item, path, value));
  const [name = '', ...rest] = path.split('.');
  const members = new Map(shape.kind === 'object' ? shape.members : []);
  const inner =
    rest.length === 0 ? value : withShape(members.get(name) ?? empty, rest.join('.'), value);
  if (inner) members.set(name, inner);
  else members.delete(name);
  return { kind: 'object', members };
}

/** Only what is at or below one of the paths. */
export function selected(shape: Shape, wanted: readonly string[]): Shape {
  if (wanted.includes('')) return shape;
  if (shape.kind === 'array') return array(selected(shape.item, wanted));
  if (shape.kind !== 'object') return shape;
  const members = [...shape.members].flatMap(([name, member]): [string, Shape][] => {
    const below = wanted
      .filter((path) => path === name || path.startsWith(`${name}.`))
      .map((path) => path.slice(name.length + 1));
    return below.length === 0 ? [] : [[name, selected(member, below)]];
  });
  return object(members);
}

/** A path that the predicate takes, or undefined. */
export function somePath(
  choices: Choices,
  shape: Shape,
  takes: (shape: Shape, path: string) => boolean,
): [path: string, shape: Shape] | undefined {
  const fitting = paths(shape).filter(([path, each]) => takes(each, path));
  return fitting.length === 0 ? undefined : choices.pick(fitting);
}
