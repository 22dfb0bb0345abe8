import { serialize } from 'bson';
import { describe, expect, it } from 'vitest';
import { compileSchema } from './compile.ts';
import { compilePattern, matchesPattern, maxNameLength } from './patterns.ts';
import { deterministic, namespace, sharedKey } from '../testing/inputs.ts';

const encrypt = { encrypt: { bsonType: 'string', algorithm: deterministic, keyId: [sharedKey] } };
const schemaWith = (pattern: string, below: object) =>
  serialize({ bsonType: 'object', patternProperties: { [pattern]: below } });

describe('a pattern of patternProperties', () => {
  it.each([
    '^s',
    '^ssn$',
    '^(ssn|name)_[a-z]{2}$',
    '^(?:secret_)?note',
    '^[^.]*$',
    String.raw`^\p{L}+\.\d{3}$`,
    String.raw`^a\(b\)*[*+(|]{4}`,
    '^(?!public).*',
    '(ab)+c',
    '(a|b){3}'.replace('{3}', '?'),
    'a{1}b{2,}',
    '.*a.*b.*',
  ])('is used when it cannot take long: %s', (pattern) => {
    expect(compilePattern(pattern)).toBeInstanceOf(RegExp);
  });

  it.each([
    ['(a+)+$', 'repeats a group'],
    ['(a|a)*$', 'repeats a group'],
    ['((a|b))+', 'repeats a group'],
    ['(a*){5}', 'repeats a group'],
    ['(?:x?y)*?', 'repeats a group'],
    ['(?<n>a{2,})+', 'repeats a group'],
    ['.*.*.*.*x', 'more than 3 repetitions'],
    [String.raw`(a)\1`, 'refers back'],
    [String.raw`(?<n>a)\k<n>`, 'refers back'],
    ['a'.repeat(1001), 'longer than'],
    ['[', 'not a regular expression'],
  ])('is refused when it could: %s', (pattern, problem) => {
    expect(compilePattern(pattern)).toContain(problem);
    const compile = () => compileSchema(schemaWith(pattern, encrypt), 'remote', namespace);
    expect(compile).toThrow(problem);
  });

  it('does not matter in a schema that encrypts nothing', () => {
    for (const pattern of ['(a+)+$', '[', '(?i)perl']) {
      const schema = compileSchema(schemaWith(pattern, {}), 'remote', namespace);
      expect(schema.encrypts).toBe(false);
    }
  });

  it('is not tried on a field name of more than 256 characters', () => {
    expect(matchesPattern(/s$/u, 's'.repeat(maxNameLength))).toBe(true);
    expect(() => matchesPattern(/s$/u, 's'.repeat(maxNameLength + 1))).toThrow('too long');
  });
});
