// Test inputs of layer analysis: one world by hand, with a row for each way in which a ciphertext could
// answer otherwise than its plaintext: falsy, missing, an object, an array, a scalar for an object.
import { Int32, Long } from 'bson';
import { deterministic, random } from './inputs.ts';
import { empty } from './shapes.ts';
import type { World } from './worlds.ts';

const det = (bsonType: string, key = 'A') => ({
  encrypt: { bsonType, algorithm: deterministic, keyId: [key] },
});
const rnd = (rest: object = {}) => ({ encrypt: { algorithm: random, keyId: ['A'], ...rest } });
const int = (value: number) => new Int32(value);
const secretInt = int(0x5e_c2_e7_01);

/** `a`, `e`, `box.a`, `who`: one metadata. `o`, `box.k`, and `a` on the right: another key. */
export const trapWorld: World = {
  left: {
    name: 'patients',
    shape: empty,
    schema: {
      bsonType: 'object',
      properties: {
        a: det('string'),
        e: det('string'),
        o: det('string', 'B'),
        b: det('int'),
        l: det('long'),
        r: rnd(),
        s: rnd({ bsonType: 'string' }),
        box: {
          bsonType: 'object',
          properties: { a: det('string'), k: det('string', 'B'), r: rnd({ bsonType: 'object' }) },
        },
      },
    },
    rows: [
      {
        _id: int(0),
        n: int(0),
        a: 'secret-1',
        e: 'secret-1',
        o: 'secret-1',
        b: int(0),
        l: new Long(0x5e_c2_e7_03, 0x5e_c2_e7_03),
        r: { deep: 'secret-4', p: 'open-1' },
        s: '',
        box: { a: 'secret-1', k: 'secret-1', r: { deep: 'secret-5' }, p: 'open-1' },
        p: 'open-1',
        list: ['open-1', 'open-2'],
        items: [{ p: 'open-1' }, { p: 'open-2' }],
      },
      { _id: int(1), n: int(1), a: '', e: 'secret-2', b: secretInt, p: '', list: [], box: {} },
      { _id: int(2), n: int(2) },
      { _id: int(3), n: int(3), a: 'secret-2', e: 'secret-1', o: '', box: null, p: null },
      { _id: int(4), n: int(4), a: 'secret-1', b: secretInt, box: 'open-1', p: 'open-2' },
      { _id: int(5), n: int(5), r: [{ deep: 'secret-6', p: 'open-1' }, 'secret-1'], s: 'secret-2' },
      { _id: int(6), n: int(6), e: '', box: { a: '', p: 'open-2' }, items: [] },
    ],
  },
  right: {
    name: 'visits',
    shape: empty,
    schema: { bsonType: 'object', properties: { who: det('string'), a: det('string', 'B') } },
    rows: [
      { _id: int(0), n: int(0), who: 'secret-1', a: 'secret-1', e: 'open-1' },
      { _id: int(1), n: int(1), who: '', a: 'secret-2' },
      { _id: int(2), n: int(2), e: 'open-2' },
      { _id: int(3), n: int(3), who: 'secret-2', e: null },
    ],
  },
};
