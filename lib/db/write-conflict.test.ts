import { MongoServerError } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { isWriteConflict, untilNoConflict } from './write-conflict';

const refusal = (code: number) => new MongoServerError({ message: 'refused', code });
/** As FerretDB was seen to give it. */
const DEADLOCK = 16_908_292;

describe('a write that met another one', () => {
  it.each([112, DEADLOCK, 16_777_220])('is known by its code %i, wrapped or not', (code) => {
    expect(isWriteConflict(refusal(code))).toBe(true);
    expect(isWriteConflict(new Error('wrapped', { cause: refusal(code) }))).toBe(true);
  });

  it('is repeated until it succeeds', async () => {
    let attempts = 0;
    const write = () =>
      ++attempts < 5 ? Promise.reject(refusal(DEADLOCK)) : Promise.resolve('ok');
    expect(await untilNoConflict(write)).toBe('ok');
    expect(attempts).toBe(5);
  });

  it.each([
    ['a duplicate key', refusal(11_000)],
    ['something else', new Error('112')],
  ])('is not taken for %s, which is thrown at once', async (_, error) => {
    let attempts = 0;
    const write = () => {
      attempts += 1;
      return Promise.reject(error);
    };
    await expect(untilNoConflict(write)).rejects.toBe(error);
    expect(attempts).toBe(1);
  });

  it('is given up when it meets one for too long', async () => {
    let attempts = 0;
    const write = () => {
      attempts += 1;
      return Promise.reject(refusal(112));
    };
    await expect(untilNoConflict(write, 20)).rejects.toThrow('refused');
    expect(attempts).toBeGreaterThan(1);
  });
});
