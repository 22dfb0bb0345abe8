// Fuzz target: a document of the key vault, alone and as the answer to a command's question for keys.
// Promise: it gives the key that was wrapped, or an error; never another key.
import { BsonType, DocumentWriter, encodeBinary } from '../../bytes/index.ts';
import { decryptExplicitly } from '../../context/index.ts';
import { unwrapAll } from '../../context/fetch-keys.ts';
import { encryptedSubtype, parseKeyDocument, serializeKeyDocument } from '../../format/index.ts';
import { attempt, promise, requireSilence } from '../breach.ts';
import { blobs, dataKey, keySecrets, newEngine, otherDataKey } from '../fixtures.ts';
import type { Target } from '../target.ts';
import { turn } from '../turn.ts';

const messages = [...blobs].map(([hex, expected]) => {
  const binary = encodeBinary(encryptedSubtype, Buffer.from(hex, 'hex'));
  const message = new DocumentWriter().append(BsonType.binData, 'v', binary).finish();
  const { type, value } = expected;
  return { message, expected: new DocumentWriter().append(type, 'v', value).finish() };
});

export const keyDocument: Target = {
  name: 'key-document',
  shape: 'bson',
  words: [
    '_id',
    'keyAltNames',
    'keyMaterial',
    'creationDate',
    'updateDate',
    'status',
    'version',
    'masterKey',
    'provider',
    'local',
    'aws',
    'local:a',
    '0',
  ],
  run(input) {
    const parsed = attempt(() => parseKeyDocument(input));
    requireSilence(parsed, keySecrets);
    if (parsed.accepted) {
      const again = parseKeyDocument(serializeKeyDocument(parsed.result, new Date(0)));
      const same = JSON.stringify(again) === JSON.stringify(parsed.result);
      promise(same, 'A key document is not written as it was read');
      const keys = attempt(() => turn(unwrapAll([parsed.result], newEngine().kmsProviders)));
      requireSilence(keys, keySecrets);
      const [key] = keys.accepted ? keys.result : [];
      promise(!key || key.equals(dataKey) || key.equals(otherDataKey), 'A wrong key is unwrapped');
    }
    for (const { message, expected } of messages) {
      const decrypted = attempt(() => turn(decryptExplicitly(newEngine(), message), () => [input]));
      requireSilence(decrypted, keySecrets);
      const right = !decrypted.accepted || Buffer.compare(decrypted.result, expected) === 0;
      promise(right, 'A changed key document gives a wrong plaintext');
    }
    return parsed.accepted ? 'accepted' : 'refused';
  },
};
