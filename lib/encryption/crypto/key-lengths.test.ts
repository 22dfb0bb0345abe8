// A key of another length is told apart from a wrong key, and never half used.
import { describe, expect, it, vi } from 'vitest';
import { open, randomKey, sealDeterministic, sealRandom } from './aead.ts';
import { unwrapKey } from './key-wrap.ts';

const none = Buffer.alloc(0);
const coded = (code: string) => expect.objectContaining({ name: 'CryptoError', code }) as Error;

describe('a key of another length', () => {
  it.each([0, 32, 64, 95, 97, 192])('is refused as such: %i bytes', (length) => {
    const key = Buffer.alloc(length, 1);
    const sealed = sealRandom(randomKey(), none, Buffer.alloc(20));
    expect(() => open(key, none, sealed)).toThrow(coded('key-length'));
    expect(() => sealRandom(key, none, none)).toThrow(coded('key-length'));
    expect(() => sealDeterministic(key, none, none)).toThrow(coded('key-length'));
  });

  it('is not accepted because its first 96 bytes are right', () => {
    const key = randomKey();
    const sealed = sealRandom(key, none, Buffer.alloc(20));
    expect(() => open(Buffer.concat([key, Buffer.of(0)]), none, sealed)).toThrow(
      coded('key-length'),
    );
  });

  it('is zeroed when it comes out of a wrapping', () => {
    const master = randomKey();
    const wrapped = sealRandom(master, none, Buffer.alloc(97, 5));
    const opened = vi.spyOn(Buffer, 'concat');
    expect(() => unwrapKey(master, wrapped)).toThrow(coded('key-length'));
    expect(opened.mock.results[0]?.value).toEqual(Buffer.alloc(97));
    opened.mockRestore();
  });
});
