// Fuzz target: one ciphertext, and a whole reply with ciphertexts in it.
// Promise: a blob that is not one that was made under the key is an error, never another plaintext; a
// reply is decrypted as a whole or not at all.
import { BsonType, DocumentWriter, encodeBinary, findBinaries } from '../../bytes/index.ts';
import { decryptExplicitly, decryptReply } from '../../context/index.ts';
import { decryptValue, encryptedSubtype, formatUuid, parseCiphertext } from '../../format/index.ts';
import { attempt, promise, requireSilence } from '../breach.ts';
import {
  blobs,
  canarySecret,
  dataKey,
  keyId,
  keySecrets,
  newEngine,
  otherDataKey,
} from '../fixtures.ts';
import type { Target } from '../target.ts';
import { turn } from '../turn.ts';

const secrets = [...keySecrets, ...canarySecret];

export const ciphertext: Target = {
  name: 'ciphertext',
  shape: 'bytes',
  words: ['\u0001', '\u0002', '\u0003'],
  run(input) {
    const opened = attempt(() => {
      const parsed = parseCiphertext(input);
      const isFirst = formatUuid(parsed.keyId) === formatUuid(keyId);
      return decryptValue(parsed, isFirst ? dataKey : otherDataKey);
    });
    requireSilence(opened, secrets);
    const binary = encodeBinary(encryptedSubtype, input);
    const message = new DocumentWriter().append(BsonType.binData, 'v', binary).finish();
    const explicit = attempt(() => turn(decryptExplicitly(newEngine(), message)));
    requireSilence(explicit, secrets);
    promise(opened.accepted === explicit.accepted, 'The context and the format disagree');
    if (!opened.accepted) return 'refused';
    const expected = blobs.get(input.toString('hex'));
    promise(expected !== undefined, 'A ciphertext that nobody made is accepted');
    const same = Buffer.compare(expected.value, opened.result.value) === 0;
    promise(same && expected.type === opened.result.type, 'A ciphertext gives a wrong plaintext');
    return 'accepted';
  },
};

export const reply: Target = {
  name: 'reply',
  shape: 'bson',
  words: ['cursor', 'firstBatch', 'nextBatch', 'ok', 'v', 'a', '0'],
  run(input) {
    const decrypted = attempt(() => turn(decryptReply(newEngine(), input)));
    requireSilence(decrypted, secrets);
    if (!decrypted.accepted) return 'refused';
    const found = findBinaries(input, encryptedSubtype);
    const known = found.map(({ data }) => blobs.get(Buffer.from(data).toString('hex')));
    promise(!known.includes(undefined), 'A ciphertext that nobody made is accepted');
    const left = findBinaries(decrypted.result, encryptedSubtype);
    promise(left.length === 0, 'A ciphertext is passed on');
    const change = found.map(
      ({ start, end }, at) => (known[at]?.value.length ?? 0) - (end - start),
    );
    const length = change.reduce((sum, extra) => sum + extra, input.length);
    promise(decrypted.result.length === length, 'A decrypted reply does not have its length');
    return 'accepted';
  },
};
