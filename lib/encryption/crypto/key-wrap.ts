// Layer crypto: wrapping of a data key under a local key-encryption key.
// The same AEAD with empty associated data and a random IV: 96 bytes become 160.
import { CryptoError } from '../errors.ts';
import { keyLength, open, sealRandom } from './aead.ts';

const noAssociatedData = new Uint8Array(0);

/** Wraps 96 bytes of key material. Throws `CryptoError` (`key-length`) for any other length. */
export function wrapKey(keyEncryptionKey: Uint8Array, dataKey: Uint8Array): Buffer {
  if (dataKey.byteLength !== keyLength) {
    throw new CryptoError(
      'key-length',
      `Expected key material of ${keyLength} bytes, got ${dataKey.byteLength} bytes`,
    );
  }
  return sealRandom(keyEncryptionKey, noAssociatedData, dataKey);
}

/** Unwraps key material. Throws `CryptoError`: `authentication`, or `key-length` of the result. */
export function unwrapKey(keyEncryptionKey: Uint8Array, wrapped: Uint8Array): Buffer {
  const dataKey = open(keyEncryptionKey, noAssociatedData, wrapped);
  if (dataKey.byteLength !== keyLength) {
    dataKey.fill(0);
    throw new CryptoError('key-length', 'decrypted key is incorrect length');
  }
  return dataKey;
}
