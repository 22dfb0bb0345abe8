// What a schema may say at the edges of its rules: names, depth, keywords with scalars, patterns.
import type { Document } from 'bson';
import { describe, expect, it } from 'vitest';
import { BsonError } from '../../errors.ts';
import { AnalysisError } from '../index.ts';
import { compiled, deterministic, sharedKey } from '../testing/inputs.ts';
import { compilePattern, matchesPattern, maxNameLength } from './patterns.ts';

const object = (parts: Document): Document => ({ bsonType: 'object', ...parts });
const field = { encrypt: { bsonType: 'int', algorithm: deterministic, keyId: [sharedKey] } };

describe('the name of a field', () => {
  const names = ['', 'a.b', '$a', '.', 'a.', '$'];

  it.each(names)('cannot be %j when the field, or one in it, is encrypted', (name) => {
    for (const below of [field, object({ properties: { x: field } })]) {
      const compile = () => compiled(object({ properties: { [name]: below } }));
      expect(compile).toThrow(AnalysisError);
      expect(compile).toThrow('the name of an encrypted field cannot be empty');
    }
  });

  it.each(names)('can be %j when nothing in it is encrypted', (name) => {
    const schema = object({ properties: { [name]: { bsonType: 'int' }, a: field } });
    expect(compiled(schema).encrypts).toBe(true);
  });
});

describe('nesting without end is refused, not recursed, through every keyword', () => {
  it.each<[string, (inner: Document) => Document]>([
    ['properties', (inner) => ({ properties: { a: inner } })],
    ['patternProperties', (inner) => ({ patternProperties: { a: inner } })],
    ['additionalProperties', (inner) => ({ additionalProperties: inner })],
    ['allOf', (inner) => ({ allOf: [inner] })],
    ['not', (inner) => ({ not: inner })],
    ['items', (inner) => ({ items: inner })],
    ['dependencies', (inner) => ({ dependencies: { a: inner } })],
  ])('%s', (_name, wrap) => {
    const deep = (levels: number): Document => {
      let schema: Document = {};
      for (let level = 1; level < levels; level++) schema = wrap(schema);
      return schema;
    };
    expect(compiled(deep(200), 'remote').encrypts).toBe(false);
    expect(() => compiled(deep(201), 'remote')).toThrow(BsonError);
    expect(() => compiled(deep(1000), 'remote')).toThrow('at most 200 nested levels');
  });
});

describe('a keyword that holds no schema', () => {
  it.each<[string, unknown]>([
    ['additionalItems', false],
    ['additionalProperties', true],
    ['enum', [{ encrypt: 1, newer: {} }]],
    ['dependencies', { a: ['b'] }],
    ['required', ['encrypt']],
  ])('%s is not read as one', (name, value) => {
    expect(compiled({ [name]: value }, 'remote').encrypts).toBe(false);
  });

  it('properties must hold objects, and additionalProperties an object or a bool', () => {
    expect(() => compiled({ properties: { a: 5 } })).toThrow('must be an object');
    expect(() => compiled({ properties: [] })).toThrow('must be an object');
    expect(() => compiled({ additionalProperties: 5 })).toThrow(AnalysisError);
    expect(() => compiled({ patternProperties: { a: [] } })).toThrow('must be an object');
  });
});

describe('an algorithm', () => {
  it('that is no algorithm is refused with the two that are', () => {
    const wrong = (algorithm: unknown) => () =>
      compiled(object({ properties: { a: { encrypt: { ...field.encrypt, algorithm } } } }));
    expect(wrong('AES')).toThrow(
      'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic, AEAD_AES_256_CBC_HMAC_SHA_512-Random',
    );
    expect(wrong('AES')).toThrow("found 'AES'");
    expect(wrong(5)).toThrow('found int');
  });
});

describe('a pattern', () => {
  it.each([
    ...['a{2}b{3}c{4}d{5}', 'a?b?c?d?e?', 'a{0,1}b{0,1}c{0,1}d{0,1}', 'a{1,1}b{1,1}c{1,1}d{1,1}'],
    ...['(a|b)?c', '(a|b){0,1}', '(a|b){1,1}', '((a)b)*', '(a{2}b)*', '(ab)*(cd)*(ef)*'],
    ...['[(*+?|){}]*', String.raw`\(*\)*\|*`, 'x'.repeat(1000)],
  ])('is used: %s', (pattern) => {
    expect(compilePattern(pattern)).toBeInstanceOf(RegExp);
  });

  it.each([
    ...['(a|b){2}', '(a|b){0,2}', '(a|b){0,}', '(a|b){1,}', '(a?b){2}', '((a*)b)*', '((a|b)c)+'],
    ...['(a{0,1}b)*', '(?:a{2,}){2}', '(?=a|b)*(?:(c|d))*', '([ab]*)*'],
    ...['a{1,}b{1,}c{1,}d{1,}', 'a{0,2}b{0,2}c{0,2}d{0,2}', 'a*b+c{2,}d{1,3}', 'x'.repeat(1001)],
  ])('is refused: %s', (pattern) => {
    expect(compilePattern(pattern)).toBeTypeOf('string');
  });

  it('is tried on names of 256 characters, not on longer ones', () => {
    expect(maxNameLength).toBe(256);
    expect(matchesPattern(/x$/u, 'x'.repeat(256))).toBe(true);
    expect(() => matchesPattern(/x$/u, 'x'.repeat(257))).toThrow('too long to be matched');
  });
});
