// Layer context: automatic decryption of a reply: every ciphertext at any depth, in place.
import { type BinarySlot, findBinaries, spliceBinaries } from '../bytes/index.ts';
import { decryptValue, encryptedSubtype, parseCiphertext } from '../format/index.ts';
import { KeyBroker } from '../keys/index.ts';
import type { Engine } from './engine.ts';
import { fetchKeys } from './fetch-keys.ts';
import { atPlace, nameReply, pathOf, sameReference, withKeyId } from './places.ts';
import type { Steps } from './steps.ts';

/**
 * The reply with plaintext in place of each ciphertext; the same bytes when there is none.
 * A value of subtype 6 that cannot be decrypted is always an error, never passed on:
 * CSFLE spec, "Why is a failure to decrypt always an error?".
 */
export function* decryptReply(engine: Engine, reply: Uint8Array): Steps<Uint8Array> {
  const place = (slot: BinarySlot) => `\`${pathOf(reply, slot)}\` of ${nameReply(reply)}`;
  const found = findBinaries(reply, encryptedSubtype).map((slot) => ({
    slot,
    ciphertext: atPlace(
      () => place(slot),
      () => parseCiphertext(slot.data),
    ),
  }));
  if (found.length === 0) return reply;
  const broker = new KeyBroker(engine.keyCache);
  try {
    for (const { ciphertext } of found) broker.request(ciphertext);
    yield* fetchKeys(broker, engine.kmsProviders, (reference) => {
      const first = found.find(({ ciphertext }) => sameReference(ciphertext, reference));
      return first ? place(first.slot) : nameReply(reply);
    });
    const splices = found.map(({ slot, ciphertext }) => ({
      slot,
      ...atPlace(
        () => withKeyId(place(slot), ciphertext),
        () => decryptValue(ciphertext, broker.key(ciphertext).material),
      ),
    }));
    return spliceBinaries(reply, splices);
  } finally {
    broker.dispose();
  }
}
