import { describe, expect, it } from 'vitest';

import { crc32c } from './crc32c.ts';

// RFC 3720, B.4.
describe('crc32c', () => {
  it.each([
    ['32 zero bytes', Buffer.alloc(32), 0x8a9136aa],
    ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['32 ascending bytes', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
    ['"123456789"', Buffer.from('123456789'), 0xe3069283],
  ])('gives the published checksum of %s', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });
});
