import { Binary, serialize, UUID } from 'bson';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../errors.ts';
import { sampleValue, typeNames } from '../testing/documents.ts';
import { type Marking, parseMarking, serializeMarking } from './index.ts';

const keyId = Buffer.alloc(16, 9);
const ki = new Binary(keyId, 4);
const blobOf = (document: object) => Buffer.concat([Buffer.of(0), serialize(document)]);

describe('markings', () => {
  it('are byte 0 and BSON a, ki or ka, v, in this order', () => {
    const { type, value } = sampleValue('int');
    const byId: Marking = { algorithm: 'Deterministic', key: { keyId }, type, value };
    expect(Buffer.from(serializeMarking(byId))).toEqual(blobOf({ a: 1, ki, v: 42 }));
    const byName: Marking = { algorithm: 'Random', key: { keyAltName: 'x' }, type, value };
    expect(Buffer.from(serializeMarking(byName))).toEqual(blobOf({ a: 2, ka: 'x', v: 42 }));
  });

  it.each(typeNames)('keep a %s value byte for byte', (name) => {
    const { type, value } = sampleValue(name);
    const marking: Marking = { algorithm: 'Random', key: { keyId }, type, value };
    const parsed = parseMarking(serializeMarking(marking));
    expect(parsed.type).toBe(type);
    expect(Buffer.from(parsed.value)).toEqual(Buffer.from(value));
  });

  it.each([
    ['no algorithm', { ki, v: 1 }],
    ['an unknown algorithm', { a: 3, ki, v: 1 }],
    ['an algorithm that is no int', { a: 'x', ki, v: 1 }],
    ['no key', { a: 1, v: 1 }],
    ['both keys', { a: 1, ki, ka: 'x', v: 1 }],
    ['a key id that is no UUID', { a: 1, ki: new Binary(keyId, 0), v: 1 }],
    ['an alt name that is no string', { a: 1, ka: 1, v: 1 }],
    ['no value', { a: 1, ki: new UUID(keyId) }],
    ['an unknown field', { a: 1, ki, v: 1, x: 1 }],
  ])('are refused with %s', (_, document) => {
    expect(() => parseMarking(blobOf(document))).toThrow(FormatError);
  });

  it('are refused with another blob type', () => {
    const blob = blobOf({ a: 1, ki, v: 1 });
    blob[0] = 1;
    expect(() => parseMarking(blob)).toThrow('expected blob type 0');
  });
});
