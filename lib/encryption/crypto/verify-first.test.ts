// Encrypt-then-MAC in the right order: without a valid tag nothing is decrypted, so a padding error can
// never be told from a wrong tag.
import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CryptoError } from '../errors.ts';
import { open, randomKey, sealRandom } from './aead.ts';

vi.mock('node:crypto', { spy: true });

const key = randomKey();
const header = Buffer.from('header');
const sealed = sealRandom(key, header, Buffer.from('some plaintext of two blocks'));

/** Blocks whose padding is wrong, under a tag that is right. */
function badlyPadded(): Buffer {
  const iv = Buffer.alloc(16, 1);
  const cipher = createCipheriv('aes-256-cbc', key.subarray(32, 64), iv).setAutoPadding(false);
  const body = Buffer.concat([iv, cipher.update(Buffer.alloc(32)), cipher.final()]);
  const bits = Buffer.alloc(8);
  bits.writeBigUInt64BE(BigInt(header.length * 8));
  const mac = createHmac('sha512', key.subarray(0, 32)).update(header).update(body).update(bits);
  return Buffer.concat([body, mac.digest().subarray(0, 32)]);
}

function errorOf(bytes: Buffer): CryptoError {
  try {
    open(key, header, bytes);
  } catch (error) {
    if (error instanceof CryptoError) return error;
  }
  throw new TypeError('Expected a CryptoError');
}

const flipped = (bytes: Buffer, at: number): Buffer => {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
};

beforeEach(() => {
  vi.mocked(createDecipheriv).mockClear();
  vi.mocked(timingSafeEqual).mockClear();
});

describe('open', () => {
  it('decrypts nothing when the tag is wrong, wherever the bit was flipped', () => {
    for (let at = 0; at < sealed.length; at++) errorOf(flipped(sealed, at));
    expect(createDecipheriv).not.toHaveBeenCalled();
    expect(timingSafeEqual).toHaveBeenCalledTimes(sealed.length);
  });

  it('decrypts nothing of a blob that is too short or not made of blocks', () => {
    for (let length = 0; length < sealed.length; length++) errorOf(sealed.subarray(0, length));
    expect(createDecipheriv).not.toHaveBeenCalled();
  });

  it('compares tags in constant time, also when it accepts', () => {
    open(key, header, sealed);
    expect(timingSafeEqual).toHaveBeenCalledOnce();
    expect(createDecipheriv).toHaveBeenCalledOnce();
  });

  it('gives the same error for wrong padding under a right tag as for a wrong tag', () => {
    const padding = errorOf(badlyPadded());
    expect(createDecipheriv).toHaveBeenCalledOnce();
    const tag = errorOf(flipped(badlyPadded(), 20));
    const told = ({ name, code, message, cause }: CryptoError) => ({ name, code, message, cause });
    expect(told(padding)).toEqual(told(tag));
    expect(told(tag).cause).toBeUndefined();
  });

  it('leaves no second copy of what it decrypted', () => {
    const parts = vi.spyOn(Buffer, 'concat');
    const plaintext = open(key, header, sealed);
    const copies = parts.mock.calls[0]?.[0] ?? [];
    expect(plaintext.toString()).toBe('some plaintext of two blocks');
    expect(Buffer.concat(copies)).toEqual(Buffer.alloc(plaintext.length));
    parts.mockRestore();
  });
});
