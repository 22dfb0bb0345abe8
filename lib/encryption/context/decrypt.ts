// Layer context: automatic decryption of a reply: every ciphertext at any depth, in place.
import { findBinaries, spliceBinaries } from '../bytes/index.ts';
import { decryptValue, encryptedSubtype, parseCiphertext } from '../format/index.ts';
import { KeyBroker } from '../keys/index.ts';
import type { Engine } from './engine.ts';
import { fetchKeys } from './fetch-keys.ts';
import type { Steps } from './steps.ts';

/**
 * The reply with plaintext in place of each ciphertext; the same bytes when there is none.
 * A value of subtype 6 that cannot be decrypted is always an error, never passed on:
 * CSFLE spec, "Why is a failure to decrypt always an error?".
 */
export function* decryptReply(engine: Engine, reply: Uint8Array): Steps<Uint8Array> {
  const found = findBinaries(reply, encryptedSubtype).map((slot) => ({
    slot,
    ciphertext: parseCiphertext(slot.data),
  }));
  if (found.length === 0) return reply;
  const broker = new KeyBroker(engine.keyCache);
  try {
    for (const { ciphertext } of found) broker.request(ciphertext);
    yield* fetchKeys(broker, engine.kmsProviders);
    const splices = found.map(({ slot, ciphertext }) => ({
      slot,
      ...decryptValue(ciphertext, broker.key(ciphertext).material),
    }));
    return spliceBinaries(reply, splices);
  } finally {
    broker.dispose();
  }
}
