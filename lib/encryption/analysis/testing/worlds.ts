// Test inputs of layer analysis: two collections with different random schemas and a few rows each.
// Some of their fields share name, key and metadata, some only the name.
import { type Document, Int32 } from 'bson';
import fc from 'fast-check';
import { built, type Choices } from './choices.ts';
import { constantFor, someValue } from './constants.ts';
import { deterministic, random } from './inputs.ts';
import {
  array,
  holdsSecret,
  leaf,
  type LeafType,
  object,
  type Secret,
  type Shape,
} from './shapes.ts';

export interface Place {
  readonly name: string;
  readonly shape: Shape;
  /** With key names in the place of key ids, since those are made by the server that runs the test. */
  readonly schema: Document;
  readonly rows: readonly Document[];
}

export interface World {
  readonly left: Place;
  readonly right: Place;
}

export const keyNames = ['A', 'B'] as const;

const deterministicTypes: readonly LeafType[] = ['string', 'int', 'long', 'date', 'objectId'];
const randomTypes: readonly LeafType[] = ['object', 'string', 'array', 'object', 'bool', 'double'];
const plainTypes: readonly LeafType[] = ['string', 'int', 'bool', 'double', 'date'];

const encrypted = (type: LeafType, key: string, isDeterministic = true): Shape =>
  leaf(type, { type, key, deterministic: isDeterministic });

const anyKey = (choices: Choices): string => choices.pick(keyNames);

/** Everything that a field without encryption may be. */
function plainShape(choices: Choices): Shape {
  return choices.weighted<() => Shape>([
    [4, () => leaf(choices.pick(plainTypes))],
    [1, () => array(leaf('string'))],
    [
      1,
      () =>
        array(
          object([
            ['p', leaf('string')],
            ['a', leaf('int')],
          ]),
        ),
    ],
    [
      1,
      () =>
        object([
          ['p', leaf('string')],
          ['a', leaf('string')],
        ]),
    ],
  ])();
}

function anyShape(choices: Choices): Shape {
  return choices.weighted<() => Shape>([
    [3, () => encrypted(choices.pick(deterministicTypes), anyKey(choices))],
    [2, () => encrypted(choices.pick(randomTypes), anyKey(choices), false)],
    [2, () => plainShape(choices)],
  ])();
}

function box(choices: Choices): Shape {
  return object([
    ['a', encrypted('string', 'A')],
    ['p', leaf('string')],
    ['c', anyShape(choices)],
    ...(choices.chance(50)
      ? [
          [
            'deep',
            object([
              ['b', encrypted('int', 'A')],
              ['q', leaf('int')],
            ]),
          ] as const,
        ]
      : []),
  ]);
}

/** Fields that every collection has, so that every stage has something to work on. */
function leftShape(choices: Choices): Shape {
  return object([
    ['_id', leaf('int')],
    ['n', leaf('int')],
    ['a', encrypted('string', 'A')],
    ['b', encrypted('int', 'A')],
    ['e', encrypted('string', choices.chance(60) ? 'A' : 'B')],
    ['r', encrypted(choices.pick(randomTypes), anyKey(choices), false)],
    ['f', anyShape(choices)],
    ['p', leaf('string')],
    ['q', leaf('int')],
    ['list', array(leaf('string'))],
    [
      'items',
      array(
        object([
          ['p', leaf('string')],
          ['a', leaf('int')],
        ]),
      ),
    ],
    ['box', box(choices)],
  ]);
}

/** As the left one, with some fields of the same name but otherwise encrypted, or not at all. */
function rightShape(choices: Choices, left: Shape): Shape {
  const fields = left.kind === 'object' ? [...left.members] : [];
  return object(
    fields.map(([name, shape]) =>
      ['_id', 'n', 'p', 'q'].includes(name) || choices.chance(65)
        ? [name, shape]
        : [name, anyShape(choices)],
    ),
  );
}

interface Spelling {
  /** The key that `encryptMetadata` at the root gives, so that fields may leave it out. */
  readonly inherited: string | undefined;
  readonly choices: Choices;
}

function encryptKeyword({ deterministic: det, key, type }: Secret, spelling: Spelling): Document {
  const open = !det && spelling.choices.chance(40);
  return {
    encrypt: {
      algorithm: det ? deterministic : random,
      ...(open ? {} : { bsonType: type }),
      ...(key === spelling.inherited ? {} : { keyId: [key] }),
    },
  };
}

/** The same encryption in one of the ways to say it: by name, by pattern, by what is left over. */
function subschema(shape: Shape, spelling: Spelling): Document | undefined {
  if (shape.kind === 'leaf' && shape.secret) return encryptKeyword(shape.secret, spelling);
  if (shape.kind !== 'object' || !holdsSecret(shape)) return undefined;
  const { choices } = spelling;
  const properties: Document = {};
  const patternProperties: Document = {};
  const leftOver = choices.chance(15) ? choices.pick([...shape.members.keys()]) : undefined;
  let additionalProperties: Document | undefined;
  for (const [name, member] of shape.members) {
    const child = subschema(member, spelling);
    if (child && name === leftOver) additionalProperties = child;
    else if (child && choices.chance(15)) patternProperties[`^${name}$`] = child;
    else if (child) properties[name] = child;
    else if (leftOver !== undefined || choices.chance(30)) properties[name] = {};
  }
  return {
    bsonType: 'object',
    properties,
    ...(Object.keys(patternProperties).length > 0 ? { patternProperties } : {}),
    ...(additionalProperties ? { additionalProperties } : {}),
  };
}

function schemaOf(shape: Shape, choices: Choices): Document {
  const inherited = choices.chance(50) ? choices.pick(keyNames) : undefined;
  const schema = subschema(shape, { inherited, choices }) ?? { bsonType: 'object' };
  return inherited === undefined ? schema : { ...schema, encryptMetadata: { keyId: [inherited] } };
}

/** A value for a field, or undefined to leave it out. Only plain fields may be null. */
function fieldValue(choices: Choices, shape: Shape): unknown {
  if (choices.chance(18)) return undefined;
  if (shape.kind === 'array') {
    return choices.many(0, 3, () => fieldValue(choices, shape.item) ?? null);
  }
  if (shape.kind === 'object') {
    // Where the schema has an object a scalar passes: there is nothing to encrypt in it.
    if (choices.chance(10)) return choices.pick([null, 'open-1', new Int32(3)]);
    return filled(choices, shape);
  }
  if (shape.kind === 'leaf' && shape.secret) return someValue(choices, shape.type, true);
  if (choices.chance(12)) return choices.pick([null, 'open-1', new Int32(1)]);
  return constantFor(choices, shape);
}

function filled(choices: Choices, shape: Shape): Document {
  const members = shape.kind === 'object' ? [...shape.members] : [];
  return Object.fromEntries(
    members
      .map(([name, member]) => [name, fieldValue(choices, member)] as const)
      .filter(([, value]) => value !== undefined),
  );
}

function place(choices: Choices, name: string, shape: Shape): Place {
  const rows = Array.from({ length: 7 }, (_, n) => ({
    ...filled(choices, shape),
    _id: new Int32(n),
    n: new Int32(n),
    q: new Int32(choices.below(4)),
  }));
  return { name, shape, schema: schemaOf(shape, choices), rows };
}

/** A random world; the names of its collections end in `suffix`. */
const world = (suffix: string) =>
  built(
    (choices): World => {
      const shape = leftShape(choices);
      return {
        left: place(choices, `left${suffix}`, shape),
        right: place(choices, `right${suffix}`, rightShape(choices, shape)),
      };
    },
    { minLength: 4000, maxLength: 4000 },
  );

/** Random worlds, the same ones for the same seed. */
export function someWorlds(count: number, seed: number): World[] {
  return Array.from({ length: count }).flatMap((_, n) =>
    fc.sample(world(String(n)), { seed: seed + n, numRuns: 1 }),
  );
}

/** The schema with key ids in the place of the key names. */
export function withKeys<T>(schema: Document, keyIds: Readonly<Record<string, T>>): Document {
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]: [string, unknown]) => {
      if (keyword === 'keyId' && Array.isArray(value)) {
        return [keyword, value.map((name) => keyIds[String(name)])];
      }
      const nested = typeof value === 'object' && value !== null && !Array.isArray(value);
      return [keyword, nested ? withKeys(value as Document, keyIds) : value];
    }),
  );
}
