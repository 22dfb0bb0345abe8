// Test support: KMSs that answer the first message with one HTTP status, then as they should.
import { Binary, serialize, type Document } from 'bson';
import { gcp } from '../../testing/clouds.ts';
import { converse, type World } from './converse.ts';
import { fakeKms } from './fake-kms.ts';
import { engineOf, type Side } from './modules.ts';

const credentials: Readonly<Record<string, Document>> = {
  aws: { accessKeyId: 'a', secretAccessKey: 'b' },
  azure: { tenantId: 't', clientId: 'c', clientSecret: 's' },
  gcp: { email: gcp.email, privateKey: gcp.privateKey },
};

const masterKeys: Readonly<Record<string, Document>> = {
  aws: { region: 'us-east-1', key: 'k' },
  azure: { keyVaultEndpoint: 'clinic.vault.azure.net', keyName: 'k' },
  gcp: gcp.masterKey,
};

export const clouds = Object.keys(credentials);

/** As a KMS that cannot serve now: a status and no body that helps. */
export function failing(status: number, times: number): NonNullable<World['kms']> {
  const answer = fakeKms();
  let left = times;
  return (message) => {
    if (left-- <= 0) return answer(message);
    return Buffer.from(`HTTP/1.1 ${status} Unavailable\r\nContent-Length: 2\r\n\r\n{}`);
  };
}

/** Makes a data key with the provider while its KMS answers as `kms` does. */
export function createDataKey(side: Side, provider: string, kms: World['kms']): Buffer {
  const engine = engineOf(side, { kmsProviders: { [provider]: credentials[provider] } });
  const options = serialize({ provider, ...masterKeys[provider] });
  const keyMaterial = serialize({ keyMaterial: new Binary(Buffer.alloc(96, 5)) });
  return converse(engine.makeDataKeyContext(options, { keyMaterial }), kms ? { kms } : {}).output;
}
