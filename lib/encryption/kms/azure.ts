// Layer kms: the KMS provider `azure`. Azure Key Vault REST API 7.1, wrapkey and unwrapkey with
// RSA-OAEP-256; the token from Microsoft's identity platform by client credentials.
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

const retryable: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const httpsPort = 443;
const defaultIdentityEndpoint = 'login.microsoftonline.com';

interface Client {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly identityEndpoint: string;
}

interface MasterKey {
  readonly endpoint: string;
  readonly keyName: string;
  readonly keyVersion: string;
}

const masterKeyTypes = {
  provider: 'string',
  keyVaultEndpoint: 'string',
  keyName: 'string',
  keyVersion: 'string',
} as const;

function readMasterKey(document: Uint8Array): MasterKey {
  const options = readOptions(document, masterKeyTypes, 'masterKey');
  return {
    endpoint: requireEndpoint(options, 'keyVaultEndpoint'),
    keyName: requireOption(options, 'keyName'),
    keyVersion: options.strings.get('keyVersion') ?? '',
  };
}

function readClient(options: OptionValues): Client {
  return {
    tenantId: requireOption(options, 'tenantId'),
    clientId: requireOption(options, 'clientId'),
    clientSecret: requireOption(options, 'clientSecret'),
    identityEndpoint: requireEndpoint(options, 'identityPlatformEndpoint', defaultIdentityEndpoint),
  };
}

const clientTypes = {
  tenantId: 'string',
  clientId: 'string',
  clientSecret: 'string',
  identityPlatformEndpoint: 'string',
  accessToken: 'string',
} as const;

/** Reads a client's credentials or `{ accessToken }`, or `{}`. Throws `KeyError`. */
export function createAzureProvider(id: string, document: Uint8Array, now: WallClock): KmsProvider {
  const options = readOptions(document, clientTypes, id);
  const accessToken = options.strings.get('accessToken');
  const needsCredentials = options.size === 0;
  const client = needsCredentials || accessToken !== undefined ? undefined : readClient(options);
  const tokens = new AccessTokens(now);

  function* token(vault: string): Conversation<string> {
    if (accessToken !== undefined) return accessToken;
    if (!client) throw new KeyError('kms-options', `Expected credentials for \`${id}\`, got none`);
    // The vault's host without its own name: `vault.azure.net`.
    const domain = hostOf(vault).split('.').slice(1).join('.');
    const scope = `https://${domain}/.default`;
    const body = form({
      client_id: client.clientId,
      scope,
      client_secret: client.clientSecret,
      grant_type: 'client_credentials',
    });
    const request = postRequest({
      provider: id,
      endpoint: withPort(client.identityEndpoint, httpsPort),
      host: hostOf(client.identityEndpoint),
      path: `/${encodeURIComponent(client.tenantId)}/oauth2/v2.0/token`,
      contentType: 'application/x-www-form-urlencoded',
      body,
      secrets: [client.clientSecret, encodeURIComponent(client.clientSecret)],
    });
    return yield* tokens.get(scope, id, () => request, retryable);
  }

  function* call(
    action: 'wrapkey' | 'unwrapkey',
    key: Uint8Array,
    masterKey: MasterKey,
  ): Conversation {
    const { endpoint, keyName, keyVersion } = masterKey;
    const bearer = yield* token(endpoint);
    const value = Buffer.from(key).toString('base64url');
    const request = postRequest({
      provider: id,
      endpoint: withPort(endpoint, httpsPort),
      host: hostOf(endpoint),
      path: `/keys/${encodeURIComponent(keyName)}/${encodeURIComponent(keyVersion)}/${action}?api-version=7.1`,
      contentType: 'application/json',
      accessToken: bearer,
      body: JSON.stringify({ alg: 'RSA-OAEP-256', value }),
      secrets: [value],
    });
    return requireReplyBytes(yield* send(() => request, retryable), 'value', id, 'base64url');
  }

  return {
    id,
    needsCredentials,
    masterKey(masterKeyOptions) {
      readMasterKey(masterKeyOptions);
      return Buffer.from(masterKeyOptions);
    },
    wrap: (dataKey, masterKey) => call('wrapkey', dataKey, readMasterKey(masterKey)),
    unwrap: (keyMaterial, masterKey) => call('unwrapkey', keyMaterial, readMasterKey(masterKey)),
  };
}
