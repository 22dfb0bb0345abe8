// Test support: what AWS, Azure and GCP check and answer. AWS's signature is checked with AWS's own
// signer, the JWT with Node's verifier: nothing here uses the code under test.
import {
  constants,
  createVerify,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
} from 'node:crypto';
import type { EndpointReply, ReceivedRequest } from './kms-endpoint.ts';
import { isSignedBy } from './sigv4-check.ts';

const reply = (status: number, body: object): EndpointReply => ({ status, body });
const parse = (body: string): Record<string, string> => JSON.parse(body) as Record<string, string>;

/** A reversible stand-in for a cloud's encryption: it proves the round trip, not secrecy. */
const mask = (bytes: Buffer, pattern = 0x5a): Buffer =>
  Buffer.from(bytes.map((byte) => byte ^ pattern));

export const aws = {
  credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: 'made-up secret' },
  key: 'arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555',
  region: 'us-east-1',
};

/** AWS KMS: verifies SigV4 over every signed header, then Encrypt and Decrypt under one key. */
export async function answerAsAws(request: ReceivedRequest): Promise<EndpointReply> {
  const { headers, body } = request;
  if (!(await isSignedBy(request, aws.credentials, aws.region))) {
    return reply(400, { __type: 'InvalidSignatureException', message: 'The signature is wrong' });
  }
  const stated = headers['authorization'] ?? '';
  const [hostname = ''] = (headers['host'] ?? '').split(':');
  // A signature is good for one region, and each region has a host of its own.
  const region = /^kms\.([^.]+)\.amazonaws\.com$/.exec(hostname)?.[1] ?? aws.region;
  if (!stated.includes(`/${region}/kms/`)) {
    return reply(400, {
      __type: 'InvalidSignatureException',
      message: 'Signed for another region',
    });
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
/** What the identity platform gives, and the only thing that the vault takes. */
export const azureToken = 'azure access token';

export const azure = { tenantId: 'tenant', clientId: 'client', clientSecret: 'a secret & more' };

/** Another client. libmongocrypt sends a secret unescaped, so hers holds nothing that a form escapes. */
export const secondAzureClient = { ...azure, clientId: 'second', clientSecret: 'made-up.secret~2' };

/** The identity platform and a Key Vault in one. */
export function answerAsAzure({ path, headers, body }: ReceivedRequest): EndpointReply {
  if (path === `/${azure.tenantId}/oauth2/v2.0/token`) {
    const form = new URLSearchParams(body);
    const isClient = ({ clientId, clientSecret }: typeof azure): boolean =>
      form.get('client_id') === clientId && form.get('client_secret') === clientSecret;
    const valid =
      [azure, secondAzureClient].some(isClient) &&
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
const gcpScopes = [
  'https://www.googleapis.com/auth/cloudkms',
  // libmongocrypt makes up the host from that of the endpoint: here 127.0.0.1.
  'https://www.0.0.1/auth/cloudkms',
];

export const gcp = {
  email: 'clinic@project.example',
  privateKey: account.privateKey.export({ format: 'der', type: 'pkcs8' }),
  masterKey: { projectId: 'p', location: 'l', keyRing: 'r', keyName: 'k' },
};

function isValidAssertion(assertion: string, host: string): boolean {
  const [header = '', claims = '', signature = ''] = assertion.split('.');
  const { iss, scope, aud, iat, exp } = parse(Buffer.from(claims, 'base64url').toString());
  const verified = createVerify('RSA-SHA256')
    .update(`${header}.${claims}`)
    .verify(account.publicKey, signature, 'base64url');
  const lifetime = Number(exp) - Number(iat);
  const named =
    iss === gcp.email && gcpScopes.includes(scope ?? '') && aud === `https://${host}/token`;
  return verified && named && lifetime > 0 && lifetime <= 3600;
}

/** Google's token endpoint and Cloud KMS in one. */
export function answerAsGcp({ path, headers, body }: ReceivedRequest): EndpointReply {
  if (path === '/token') {
    const form = new URLSearchParams(body);
    const [host = ''] = (headers['host'] ?? '').split(':');
    const valid =
      form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer' &&
      isValidAssertion(form.get('assertion') ?? '', host);
    return valid
      ? reply(200, { access_token: gcpToken, expires_in: 3599, token_type: 'Bearer' })
      : reply(400, { error: 'invalid_grant', error_description: 'Invalid JWT signature' });
  }
  if (headers['authorization'] !== `Bearer ${gcpToken}`) {
    return reply(401, { error: { status: 'UNAUTHENTICATED', message: 'No token' } });
  }
  const key = '/v1/projects/p/locations/l/keyRings/r/cryptoKeys/k';
  const { plaintext = '', ciphertext = '' } = parse(body);
  const turn = (text: string): string => mask(Buffer.from(text, 'base64'), 0xa5).toString('base64');
  if (path === `${key}:encrypt`) return reply(200, { name: key, ciphertext: turn(plaintext) });
  if (path === `${key}:decrypt`) return reply(200, { plaintext: turn(ciphertext) });
  return reply(404, { error: { status: 'NOT_FOUND', message: 'No such key' } });
}
