// Test support: what AWS, Azure and GCP check and answer. AWS's signature is checked with AWS's own
// signer, the JWT with Node's verifier: nothing here uses the code under test.
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import {
  constants,
  createVerify,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
} from 'node:crypto';
import type { EndpointReply, ReceivedRequest } from './kms-endpoint.ts';

const reply = (status: number, body: object): EndpointReply => ({ status, body });
const parse = (body: string): Record<string, string> => JSON.parse(body) as Record<string, string>;

/** A reversible stand-in for a cloud's encryption: it proves the round trip, not secrecy. */
const mask = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte) => byte ^ 0x5a));

export const aws = {
  credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: 'made-up secret' },
  key: 'arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555',
  region: 'us-east-1',
};

/** AWS KMS: verifies SigV4 over every signed header, then Encrypt and Decrypt under one key. */
export async function answerAsAws(request: ReceivedRequest): Promise<EndpointReply> {
  const { headers, body, path, method } = request;
  const stated = headers['authorization'] ?? '';
  const names = (/SignedHeaders=([^,]+),/.exec(stated)?.[1] ?? '').split(';');
  const signer = new SignatureV4({
    credentials: aws.credentials,
    region: aws.region,
    service: 'kms',
    sha256: Sha256,
    applyChecksum: false,
    uriEscapePath: false,
  });
  const date = (headers['x-amz-date'] ?? '').replace(
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
    '$1-$2-$3T$4:$5:$6Z',
  );
  const [hostname = ''] = (headers['host'] ?? '').split(':');
  const signed = await signer.sign(
    {
      method,
      protocol: 'https:',
      hostname,
      path,
      headers: Object.fromEntries(names.map((name) => [name, headers[name] ?? ''])),
      body,
    },
    { signingDate: new Date(date), signableHeaders: new Set(names), unsignableHeaders: new Set() },
  );
  if (signed.headers['authorization'] !== stated) {
    return reply(400, { __type: 'InvalidSignatureException', message: 'The signature is wrong' });
  }
  const target = headers['x-amz-target'];
  const { Plaintext = '', KeyId, CiphertextBlob = '' } = parse(body);
  if (target === 'TrentService.Encrypt') {
    if (KeyId !== aws.key)
      return reply(400, { __type: 'NotFoundException', message: 'No such key' });
    const blob = mask(Buffer.from(Plaintext, 'base64')).toString('base64');
    return reply(200, { CiphertextBlob: blob, KeyId });
  }
  const plaintext = mask(Buffer.from(CiphertextBlob, 'base64')).toString('base64');
  return reply(200, { Plaintext: plaintext, KeyId: aws.key });
}

const vaultKey = generateKeyPairSync('rsa', { modulusLength: 2048 });
const oaep = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
const azureToken = 'azure access token';

export const azure = { tenantId: 'tenant', clientId: 'client', clientSecret: 'a secret & more' };

/** The identity platform and a Key Vault in one. */
export function answerAsAzure({ path, headers, body }: ReceivedRequest): EndpointReply {
  if (path === `/${azure.tenantId}/oauth2/v2.0/token`) {
    const form = new URLSearchParams(body);
    const valid =
      form.get('client_id') === azure.clientId &&
      form.get('client_secret') === azure.clientSecret &&
      form.get('grant_type') === 'client_credentials' &&
      (form.get('scope') ?? '').endsWith('/.default');
    return valid
      ? reply(200, { access_token: azureToken, expires_in: 3599, token_type: 'Bearer' })
      : reply(401, { error: 'invalid_client', error_description: 'Wrong client secret' });
  }
  if (headers['authorization'] !== `Bearer ${azureToken}`) {
    return reply(401, { error: { code: 'Unauthorized', message: 'No token' } });
  }
  const { alg, value = '' } = parse(body);
  const bytes = Buffer.from(value, 'base64url');
  if (alg !== 'RSA-OAEP-256')
    return reply(400, { error: { code: 'BadParameter', message: 'alg' } });
  if (/^\/keys\/master\/[^/]*\/wrapkey\?api-version=7\.1$/.test(path)) {
    const wrapped = publicEncrypt({ key: vaultKey.publicKey, ...oaep }, bytes);
    return reply(200, { kid: 'k', value: wrapped.toString('base64url') });
  }
  if (/^\/keys\/master\/[^/]*\/unwrapkey\?api-version=7\.1$/.test(path)) {
    const plain = privateDecrypt({ key: vaultKey.privateKey, ...oaep }, bytes);
    return reply(200, { kid: 'k', value: plain.toString('base64url') });
  }
  return reply(404, { error: { code: 'KeyNotFound', message: 'No such key' } });
}

const account = generateKeyPairSync('rsa', { modulusLength: 2048 });
const gcpToken = 'gcp access token';
const gcpScope = 'https://www.googleapis.com/auth/cloudkms';

export const gcp = {
  email: 'clinic@project.example',
  privateKey: account.privateKey.export({ format: 'der', type: 'pkcs8' }),
  masterKey: { projectId: 'p', location: 'l', keyRing: 'r', keyName: 'k' },
};

function isValidAssertion(assertion: string): boolean {
  const [header = '', claims = '', signature = ''] = assertion.split('.');
  const { iss, scope, aud, iat, exp } = parse(Buffer.from(claims, 'base64url').toString());
  const verified = createVerify('RSA-SHA256')
    .update(`${header}.${claims}`)
    .verify(account.publicKey, signature, 'base64url');
  const lifetime = Number(exp) - Number(iat);
  const named = iss === gcp.email && scope === gcpScope && aud === 'https://127.0.0.1/token';
  return verified && named && lifetime > 0 && lifetime <= 3600;
}

/** Google's token endpoint and Cloud KMS in one. */
export function answerAsGcp({ path, headers, body }: ReceivedRequest): EndpointReply {
  if (path === '/token') {
    const form = new URLSearchParams(body);
    const valid =
      form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer' &&
      isValidAssertion(form.get('assertion') ?? '');
    return valid
      ? reply(200, { access_token: gcpToken, expires_in: 3599, token_type: 'Bearer' })
      : reply(400, { error: 'invalid_grant', error_description: 'Invalid JWT signature' });
  }
  if (headers['authorization'] !== `Bearer ${gcpToken}`) {
    return reply(401, { error: { status: 'UNAUTHENTICATED', message: 'No token' } });
  }
  const key = '/v1/projects/p/locations/l/keyRings/r/cryptoKeys/k';
  const { plaintext = '', ciphertext = '' } = parse(body);
  const turn = (text: string): string => mask(Buffer.from(text, 'base64')).toString('base64');
  if (path === `${key}:encrypt`) return reply(200, { name: key, ciphertext: turn(plaintext) });
  if (path === `${key}:decrypt`) return reply(200, { plaintext: turn(ciphertext) });
  return reply(404, { error: { status: 'NOT_FOUND', message: 'No such key' } });
}
