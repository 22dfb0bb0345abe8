// Subschemas that apply to one field, and schemas that are compared: equal only if all of it is equal.
import { type Document, UUID } from 'bson';
import { describe, expect, it } from 'vitest';
import { AnalysisError } from '../index.ts';
import {
  analysed,
  compiled,
  det,
  deterministic,
  otherKey,
  passes,
  random,
  schemas,
  sharedKey,
} from '../testing/inputs.ts';
import { type Encryption, sameEncryption, sameTree } from './tree.ts';

const object = (parts: Document): Document => ({ bsonType: 'object', ...parts });
const field = (more: Document = {}): Document => ({
  encrypt: { bsonType: 'string', algorithm: random, keyId: [sharedKey], ...more },
});
const nested = field({ bsonType: 'int', algorithm: deterministic });

/** Every way in which two encrypted fields can differ from `field()`. */
const variants: readonly [string, Document][] = [
  ['the algorithm', field({ algorithm: deterministic })],
  ['the key', field({ keyId: [otherKey] })],
  ['a key that differs in its last bit', field({ keyId: [new UUID(lastBit(sharedKey))] })],
  ['a pointer for the key', field({ keyId: '/name' })],
  ['the type', field({ bsonType: 'int' })],
  ['one more type', field({ bsonType: ['string', 'int'] })],
  ['no type', { encrypt: { algorithm: random, keyId: [sharedKey] } }],
];

function lastBit(id: UUID): Buffer {
  const bytes = Buffer.from(id.buffer);
  bytes[15] = (bytes[15] ?? 0) ^ 1;
  return bytes;
}

function encryptionOf(declared: Document): Encryption {
  const node = compiled(object({ properties: { a: declared } })).root.properties.get('a');
  if (node?.kind === 'encrypted') return node.encryption;
  throw new TypeError('Expected an encrypted field');
}

describe('two encrypted fields', () => {
  it.each(variants)('differ when %s differs', (_name, variant) => {
    const [one, other] = [encryptionOf(field()), encryptionOf(variant)];
    expect(sameEncryption(one, other)).toBe(false);
    expect(sameEncryption(other, one)).toBe(false);
    expect(sameEncryption(other, encryptionOf(variant))).toBe(true);
  });

  it('differ when their pointers differ, and when one of several types does', () => {
    const pointer = (keyId: string) => encryptionOf(field({ keyId }));
    expect(sameEncryption(pointer('/x/b'), pointer('/x/c'))).toBe(false);
    expect(sameEncryption(pointer('/x/b'), pointer('/x/b'))).toBe(true);
    const types = (...bsonType: string[]) => encryptionOf(field({ bsonType }));
    expect(sameEncryption(types('string', 'int'), types('string', 'long'))).toBe(false);
    expect(sameEncryption(types('string', 'int'), types('int', 'string'))).toBe(true);
    expect(sameEncryption(types('string', 'int'), types('string', 'int', 'long'))).toBe(false);
  });
});

describe('subschemas that apply to one field', () => {
  const insert = (a1: unknown): Document => ({ insert: 'patients', documents: [{ a1 }] });
  const refuses = (parts: Document) => () => analysed(insert('x'), schemas(object(parts)));
  const disagree = 'do not agree on its encryption';

  it.each(variants)('are refused when they disagree about %s', (_name, variant) => {
    expect(refuses({ patternProperties: { '^a': field(), '1$': variant } })).toThrow(disagree);
    expect(refuses({ patternProperties: { '^a': field(), a1: field(), '1$': variant } })).toThrow(
      disagree,
    );
    expect(refuses({ properties: { a1: field() }, patternProperties: { '^a': variant } })).toThrow(
      disagree,
    );
  });

  it('are refused when one encrypts and another does not', () => {
    const open = { bsonType: 'string' };
    expect(refuses({ patternProperties: { '^a': field(), '1$': open } })).toThrow(disagree);
    expect(refuses({ properties: { a1: open }, patternProperties: { '^a': field() } })).toThrow(
      disagree,
    );
    expect(refuses({ properties: { a1: field() }, patternProperties: { '^a': open } })).toThrow(
      disagree,
    );
  });

  it('count once when they agree', () => {
    const known = schemas(
      object({ properties: { a1: nested }, patternProperties: { '^a': nested } }),
    );
    expect(analysed(insert(5), known)).toEqual(insert(det(5)));
  });
});

describe('additionalProperties', () => {
  it('makes a schema encrypt when nothing else in it does', () => {
    const known = schemas(object({ properties: { b: {} }, additionalProperties: nested }));
    const find = (a: unknown): Document => ({ find: 'patients', filter: { a, b: 'x' } });
    expect(analysed(find(5), known)).toEqual(find(det(5)));
    const below = schemas(object({ additionalProperties: object({ properties: { c: nested } }) }));
    const inside = (c: unknown): Document => ({ find: 'patients', filter: { 'a.c': c } });
    expect(analysed(inside(5), below)).toEqual(inside(det(5)));
  });
});

describe('two schemas', () => {
  const tree = (parts: Document) => compiled(object(parts)).root;
  const base = (a: Document = nested): Document => ({
    properties: { a, b: object({ properties: { c: field() } }) },
    patternProperties: { '^x': field() },
    additionalProperties: object({ properties: { d: field() } }),
  });

  it('are the same when they encrypt the same, whatever else they say', () => {
    expect(sameTree(tree(base()), tree(base()))).toBe(true);
    const more = {
      ...base(),
      title: 'x',
      properties: { ...(base()['properties'] as Document), open: {} },
    };
    expect(sameTree(tree(base()), tree(more))).toBe(true);
    expect(sameTree(tree(more), tree(base()))).toBe(true);
    expect(sameTree(tree({ properties: { a: object({}) } }), tree({}))).toBe(true);
  });

  it.each<[string, Document]>([
    ['a field', base(field())],
    ['a field less', { ...base(), properties: { a: nested } }],
    [
      'a field more',
      { ...base(), properties: { ...(base()['properties'] as Document), e: nested } },
    ],
    ['a field that is open', base({ bsonType: 'int' })],
    ['an object for a field', base(object({ properties: { f: nested } }))],
    ['no pattern', { ...base(), patternProperties: {} }],
    ['another pattern', { ...base(), patternProperties: { '^y': field() } }],
    ['another pattern more', { ...base(), patternProperties: { '^x': field(), '^y': field() } }],
    ['a pattern with another field', { ...base(), patternProperties: { '^x': nested } }],
    ['no additional fields', { ...base(), additionalProperties: {} }],
    ['other additional fields', { ...base(), additionalProperties: field() }],
  ])('are different with %s', (_name, other) => {
    expect(sameTree(tree(base()), tree(other))).toBe(false);
    expect(sameTree(tree(other), tree(base()))).toBe(false);
  });
});

describe('numbers in paths', () => {
  const known = schemas(
    object({
      properties: {
        box: object({ properties: { '0': nested, a1: nested, '1a': nested, plain: {} } }),
        '7': object({ properties: { a: nested } }),
      },
    }),
  );
  const find = (filter: Document): Document => ({ find: 'patients', filter });

  it('are names where the schema encrypts just that field, or stand at the top', () => {
    for (const path of ['box.0', 'box.a1', 'box.1a', '7.a']) {
      expect(analysed(find({ [path]: 5 }), known)).toEqual(find({ [path]: det(5) }));
    }
    expect(passes(find({ 'box.plain.0': 5 }), known)).toBe(true);
  });

  it('are refused elsewhere inside an object with encrypted fields', () => {
    for (const path of ['box.1', 'box.00', 'box.1.a1', '7.0', '7.0.a']) {
      expect(() => analysed(find({ [path]: 5 }), known)).toThrow(AnalysisError);
      expect(() => analysed(find({ [path]: 5 }), known)).toThrow('Array positions');
    }
  });
});
