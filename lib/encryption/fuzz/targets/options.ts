// Fuzz target: every document of options: kmsProviders, schemaMap, a data key's master key, alt names
// and material, explicit encryption.
// Promise: used or refused by name, and no credential in the error.
import { serialize } from 'bson';
import {
  createDataKey,
  encryptExplicitly,
  rewrapManyDataKey,
  SchemaStore,
} from '../../context/index.ts';
import { KmsProviders } from '../../kms/index.ts';
import { attempt, forms, requireSilence } from '../breach.ts';
import { canarySecret, keyId, keySecrets, newEngine } from '../fixtures.ts';
import type { Target } from '../target.ts';
import { answerWithKeys, turn } from '../turn.ts';
import { holds, leavesOf } from '../walk.ts';

const algorithm = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';
const local = serialize({ provider: 'local' });

const credentials: ReadonlySet<string> = new Set([
  ...['key', 'secretAccessKey', 'sessionToken', 'clientSecret', 'accessToken', 'privateKey'],
  'keyMaterial',
]);
const secrets = [...keySecrets, ...canarySecret];
const spelled = [...secrets.flatMap(forms)];

/** Whether secrets stand in places of credentials only; one in the place of a name may be said. */
function isHidden(input: Buffer): boolean {
  const leaves = leavesOf(input);
  const shown = leaves?.some(({ names, node }) => {
    const isCredential = credentials.has(names.at(-1) ?? '');
    return spelled.some(
      (form) => names.some((name) => name.includes(form)) || (!isCredential && holds(node, form)),
    );
  });
  return shown === false;
}

export const options: Target = {
  name: 'options',
  shape: 'bson',
  words: [
    ...['local', 'local:a', 'aws', 'azure', 'gcp', 'kmip', 'aws:', 'key', 'provider', 'region'],
    ...['endpoint', 'accessKeyId', 'secretAccessKey', 'sessionToken', 'accessToken', 'tenantId'],
    ...['clientId', 'clientSecret', 'identityPlatformEndpoint', 'email', 'privateKey', 'keyName'],
    ...['keyVaultEndpoint', 'keyVersion', 'projectId', 'location', 'keyRing', 'keyId', 'delegated'],
    ...['keyAltName', 'keyMaterial', 'v', '__proto__', 'toString', ''],
  ],
  run(input) {
    const hidden = isHidden(input) ? secrets : [];
    const runs: (() => unknown)[] = [
      () => new KmsProviders(input),
      () => new SchemaStore(input, () => 0),
      () => turn(createDataKey(newEngine(), input, {})),
      () => turn(createDataKey(newEngine(), local, { keyAltNames: [input] })),
      () => turn(createDataKey(newEngine(), local, { keyMaterial: input })),
      () => turn(rewrapManyDataKey(newEngine(), serialize({}), input), answerWithKeys),
      () =>
        turn(encryptExplicitly(newEngine(), input, { keyId, algorithm, expressionMode: false })),
    ];
    const verdicts = runs.map((run) => {
      const outcome = attempt(run);
      requireSilence(outcome, hidden);
      return outcome.accepted;
    });
    return verdicts.includes(true) ? 'accepted' : 'refused';
  },
};
