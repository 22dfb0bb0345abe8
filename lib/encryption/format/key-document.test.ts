import { Binary, deserialize, serialize, UUID } from 'bson';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../errors.ts';
import { formatUuid, newUuid, parseKeyDocument, serializeKeyDocument } from './index.ts';

const now = new Date(1_700_000_000_000);
const keyId = newUuid();
const masterKey = serialize({ provider: 'local' });
const valid = {
  _id: new UUID(keyId),
  keyAltNames: ['a', 'b'],
  keyMaterial: new Binary(Buffer.alloc(160, 1)),
  creationDate: now,
  updateDate: now,
  status: 0,
  masterKey: { provider: 'local' },
};
const without = (field: keyof typeof valid) =>
  Object.fromEntries(Object.entries(valid).filter(([name]) => name !== field));

describe('key documents', () => {
  it('are written with the specified fields in the specified order', () => {
    const key = { keyId, keyAltNames: ['a', 'b'], keyMaterial: Buffer.alloc(160, 1), masterKey };
    expect(Buffer.from(serializeKeyDocument(key, now))).toEqual(Buffer.from(serialize(valid)));
    const unnamed = deserialize(serializeKeyDocument({ ...key, keyAltNames: [] }, now));
    expect(Object.keys(unnamed)).not.toContain('keyAltNames');
  });

  it('are read back', () => {
    const parsed = parseKeyDocument(serialize(valid));
    expect(formatUuid(parsed.keyId)).toBe(valid._id.toHexString());
    expect(parsed.keyAltNames).toEqual(['a', 'b']);
    expect(parsed.keyMaterial).toHaveLength(160);
    expect(Buffer.from(parsed.masterKey)).toEqual(Buffer.from(masterKey));
  });

  it('may lack keyAltNames and may have version 0', () => {
    expect(parseKeyDocument(serialize(without('keyAltNames'))).keyAltNames).toEqual([]);
    expect(() => parseKeyDocument(serialize({ ...valid, version: 0 }))).not.toThrow();
  });

  it.each(['_id', 'keyMaterial', 'creationDate', 'updateDate', 'status', 'masterKey'] as const)(
    'are refused without %s',
    (field) => {
      expect(() => parseKeyDocument(serialize(without(field)))).toThrow(
        `field \`${field}\` is missing`,
      );
    },
  );

  it.each([
    ['an unknown field', { extra: 1 }, 'unknown field `extra`'],
    ['another version', { version: 1 }, 'expected `version` to be 0'],
    ['an _id that is no UUID', { _id: 'x' }, 'expected `_id` to be binData, got string'],
    ['an _id of another subtype', { _id: new Binary(keyId, 0) }, 'expected `_id` to be a UUID'],
    ['duplicate alt names', { keyAltNames: ['a', 'a'] }, 'unexpected duplicate keyAltNames'],
    ['an alt name that is no string', { keyAltNames: [1] }, 'to hold strings'],
    ['empty key material', { keyMaterial: new Binary(Buffer.alloc(0)) }, '`keyMaterial` is empty'],
    ['a master key without provider', { masterKey: {} }, 'expected `provider` to be a string'],
    ['a status that is no number', { status: 'x' }, 'expected `status` to be int or long'],
  ])('are refused with %s', (_, change, message) => {
    const parse = () => parseKeyDocument(serialize({ ...valid, ...change }));
    expect(parse).toThrow(FormatError);
    expect(parse).toThrow(message);
  });
});

describe('newUuid', () => {
  it('makes version 4 ids that differ', () => {
    const text = formatUuid(newUuid());
    expect(text).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(formatUuid(newUuid())).not.toBe(text);
  });
});
