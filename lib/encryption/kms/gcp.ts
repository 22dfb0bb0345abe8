// Layer kms: the KMS provider `gcp`. Cloud KMS REST API v1, encrypt and decrypt; the token by a JWT
// that the service account's key signs (RFC 7523).
import { createPrivateKey, createSign, type KeyObject } from 'node:crypto';
import { KeyError } from '../errors.ts';
import { requireReplyBytes, send } from './http-exchange.ts';
import { AccessTokens, form, postRequest } from './oauth.ts';
import {
  hostOf,
  readOptions,
  requireEndpoint,
  requireOption,
  withPort,
  type OptionValues,
} from './options.ts';
import type { Conversation, KmsProvider, WallClock } from './provider.ts';

const retryable: ReadonlySet<number> = new Set([408, 429, ...range(500, 599)]);
const httpsPort = 443;
const scope = 'https://www.googleapis.com/auth/cloudkms';
const tokenSeconds = 300;

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

interface ServiceAccount {
  readonly email: string;
  readonly privateKey: KeyObject;
  readonly endpoint: string;
}

interface MasterKey {
  readonly endpoint: string;
  /** `projects/P/locations/L/keyRings/R/cryptoKeys/K`. */
  readonly name: string;
  readonly version: string | undefined;
}

const masterKeyTypes = {
  provider: 'string',
  projectId: 'string',
  location: 'string',
  keyRing: 'string',
  keyName: 'string',
  keyVersion: 'string',
  endpoint: 'string',
} as const;

/** RFC 3986 §2.3: nothing that could leave its segment of the path. */
function segment(options: OptionValues, name: string): string {
  const value = requireOption(options, name);
  if (!/^[A-Za-z0-9._~-]+$/.test(value)) {
    const expected = `Expected \`${options.where}.${name}\` of letters, digits, - . _ and ~`;
    throw new KeyError('kms-options', expected);
  }
  return value;
}

function readMasterKey(document: Uint8Array): MasterKey {
  const options = readOptions(document, masterKeyTypes, 'masterKey');
  const key = (name: string): string => segment(options, name);
  return {
    endpoint: requireEndpoint(options, 'endpoint', 'cloudkms.googleapis.com'),
    name: `projects/${key('projectId')}/locations/${key('location')}/keyRings/${key('keyRing')}/cryptoKeys/${key('keyName')}`,
    version: options.strings.has('keyVersion') ? key('keyVersion') : undefined,
  };
}

function readPrivateKey(options: OptionValues): KeyObject {
  const text = options.strings.get('privateKey');
  const key = text === undefined ? options.binaries.get('privateKey') : Buffer.from(text, 'base64');
  try {
    return createPrivateKey({ key: key ?? Buffer.alloc(0), format: 'der', type: 'pkcs8' });
  } catch {
    // Without `cause`: OpenSSL's error may quote the key.
    const expected = `Expected \`${options.where}.privateKey\` in PKCS#8, as bytes or base64`;
    throw new KeyError('kms-options', expected);
  }
}

const accountTypes = {
  email: 'string',
  privateKey: 'string or binary',
  endpoint: 'string',
  accessToken: 'string',
} as const;

/** Reads a service account or `{ accessToken }`, or `{}`. Throws `KeyError`. */
export function createGcpProvider(id: string, document: Uint8Array, now: WallClock): KmsProvider {
  const options = readOptions(document, accountTypes, id);
  const accessToken = options.strings.get('accessToken');
  const needsCredentials = options.size === 0;
  const tokens = new AccessTokens(now);
  const account =
    needsCredentials || accessToken !== undefined
      ? undefined
      : {
          email: requireOption(options, 'email'),
          privateKey: readPrivateKey(options),
          endpoint: requireEndpoint(options, 'endpoint', 'oauth2.googleapis.com'),
        };

  function* token(): Conversation<string> {
    if (accessToken !== undefined) return accessToken;
    if (!account) throw new KeyError('kms-options', `Expected credentials for \`${id}\`, got none`);
    const request = () => {
      const jwt = assertion(account, Math.floor(now() / 1000));
      return postRequest({
        provider: id,
        endpoint: withPort(account.endpoint, httpsPort),
        host: hostOf(account.endpoint),
        path: '/token',
        contentType: 'application/x-www-form-urlencoded',
        body: form({
          grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
          assertion: jwt,
        }),
        secrets: [jwt],
      });
    };
    return yield* tokens.get(scope, id, request, retryable);
  }

  function* call(
    action: 'encrypt' | 'decrypt',
    key: Uint8Array,
    masterKey: MasterKey,
  ): Conversation {
    const { endpoint, name, version } = masterKey;
    const bearer = yield* token();
    const text = Buffer.from(key).toString('base64');
    // Decrypt finds the version in the ciphertext and takes none.
    const path = action === 'encrypt' && version ? `${name}/cryptoKeyVersions/${version}` : name;
    const [from, to] =
      action === 'encrypt' ? ['plaintext', 'ciphertext'] : ['ciphertext', 'plaintext'];
    const request = postRequest({
      provider: id,
      endpoint: withPort(endpoint, httpsPort),
      host: hostOf(endpoint),
      path: `/v1/${path}:${action}`,
      contentType: 'application/json',
      accessToken: bearer,
      body: JSON.stringify({ [from]: text }),
      secrets: [text],
    });
    const reply = yield* send(() => request, retryable);
    return requireReplyBytes(reply, to, id, 'base64');
  }

  return {
    id,
    needsCredentials,
    masterKey(masterKeyOptions) {
      readMasterKey(masterKeyOptions);
      return Buffer.from(masterKeyOptions);
    },
    wrap: (dataKey, masterKey) => call('encrypt', dataKey, readMasterKey(masterKey)),
    unwrap: (keyMaterial, masterKey) => call('decrypt', keyMaterial, readMasterKey(masterKey)),
  };
}

/** RFC 7523 §3: the service account vouches for itself, for five minutes. */
function assertion(account: ServiceAccount, issuedAt: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    iss: account.email,
    aud: `https://${hostOf(account.endpoint)}/token`,
    scope,
    iat: issuedAt,
    exp: issuedAt + tokenSeconds,
  };
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
  const signature = createSign('RSA-SHA256').update(signed).sign(account.privateKey, 'base64url');
  return `${signed}.${signature}`;
}
