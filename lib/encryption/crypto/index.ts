// Layer crypto: the door for the layers above. Imports nothing above it.
export { keyLength, open, randomKey, sealDeterministic, sealRandom } from './aead.ts';
export { unwrapKey, wrapKey } from './key-wrap.ts';
