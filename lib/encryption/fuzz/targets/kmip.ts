// Fuzz target: KMIP replies (TTLV): to Register, Activate, Get, Encrypt and Decrypt.
// Promise: a plain master key that is changed on its way unwraps nothing; a reply is the same however it
// is cut.
import { serialize } from 'bson';
import { sealWithIv } from '../../crypto/aead.ts';
import { KmsProviders } from '../../kms/index.ts';
import { type Attempt, attempt, promise, requireSilence } from '../breach.ts';
import { dataKey, fixedBytes, keySecrets, localMasterKey } from '../fixtures.ts';
import { converse } from '../kms-replies.ts';
import type { Target } from '../target.ts';

const provider = new KmsProviders(serialize({ kmip: { endpoint: 'kmip.test' } })).get('kmip');
const plain = serialize({ provider: 'kmip', keyId: '1' });
const delegated = serialize({ provider: 'kmip', keyId: '1', delegated: true });
const material = sealWithIv(localMasterKey, fixedBytes('iv', 16), new Uint8Array(0), dataKey);

const outcomeOf = (outcome: Attempt<Buffer>): string =>
  outcome.accepted ? outcome.result.toString('hex') : outcome.error.message;

export const kmip: Target = {
  name: 'kmip',
  shape: 'bytes',
  words: [
    ...['42007b', '42007a', '42000f', '42007f', '42007c', '420043', '4200c2', '42003d', '420094'],
  ].map((tag) => Buffer.from(tag, 'hex').toString('latin1')),
  run(input) {
    const piece = 1 + (input.length % 13);
    const once = (run: (piece: number) => Buffer): Attempt<Buffer> => {
      const whole = attempt(() => run(0));
      const cut = attempt(() => run(piece));
      promise(outcomeOf(whole) === outcomeOf(cut), 'A reply in pieces is read as another one');
      requireSilence(whole, keySecrets);
      return whole;
    };
    const unwrapped = once((size) => converse(provider.unwrap(material, plain), [input], size));
    const isKey = !unwrapped.accepted || unwrapped.result.equals(dataKey);
    promise(isKey, 'A changed master key unwraps something');
    const others = [
      once((size) => converse(provider.unwrap(material, delegated), [input], size)),
      once((size) => converse(provider.wrap(dataKey, delegated), [input], size)),
      once((size) => converse(provider.masterKey(serialize({ provider: 'kmip' })), [input], size)),
    ];
    return [unwrapped, ...others].some(({ accepted }) => accepted) ? 'accepted' : 'refused';
  },
};
