// Layer kms: the KMS provider `aws`. AWS KMS API, actions Encrypt and Decrypt, signed with SigV4.
import { KeyError } from '../errors.ts';
import { requireReplyBytes, send, type HttpRequest } from './http-exchange.ts';
import {
  readOptions,
  requireEndpoint,
  requireOption,
  withPort,
  type OptionValues,
} from './options.ts';
import type { Conversation, KmsProvider, WallClock } from './provider.ts';
import { amzDate, authorization, type AwsCredentials } from './sigv4.ts';

// LMC: the statuses after which AWS may be asked again.
const retryable: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 509]);
const httpsPort = 443;

interface MasterKey {
  readonly key: string;
  readonly region: string;
  /** Host and port as stated, or AWS's own host. */
  readonly endpoint: string;
}

function readMasterKey(document: Uint8Array): MasterKey {
  const where = 'masterKey';
  const types = {
    provider: 'string',
    region: 'string',
    key: 'string',
    endpoint: 'string',
  } as const;
  const options = readOptions(document, types, where);
  const region = requireOption(options, 'region');
  return {
    key: requireOption(options, 'key'),
    region,
    endpoint: requireEndpoint(options, 'endpoint', `kms.${region}.amazonaws.com`),
  };
}

function readCredentials(options: OptionValues): AwsCredentials {
  return {
    accessKeyId: requireOption(options, 'accessKeyId'),
    secretAccessKey: requireOption(options, 'secretAccessKey'),
    sessionToken: options.strings.get('sessionToken'),
  };
}

/** Reads `{ accessKeyId, secretAccessKey, sessionToken? }`, or `{}`. Throws `KeyError`. */
export function createAwsProvider(id: string, document: Uint8Array, now: WallClock): KmsProvider {
  const types = {
    accessKeyId: 'string',
    secretAccessKey: 'string',
    sessionToken: 'string',
  } as const;
  const options = readOptions(document, types, id);
  const credentials = options.size === 0 ? undefined : readCredentials(options);

  function* call(
    action: 'Encrypt' | 'Decrypt',
    masterKey: MasterKey,
    fields: Readonly<Record<string, string>>,
    key: string,
  ): Conversation {
    if (!credentials)
      throw new KeyError('kms-options', `Expected credentials for \`${id}\`, got none`);
    const body = spaced(fields);
    const secrets = [key, credentials.secretAccessKey, credentials.sessionToken ?? ''];
    const request = (): HttpRequest =>
      signedRequest({ id, action, masterKey, body, secrets, credentials, date: new Date(now()) });
    const field = action === 'Encrypt' ? 'CiphertextBlob' : 'Plaintext';
    return requireReplyBytes(yield* send(request, retryable), field, id, 'base64');
  }

  return {
    id,
    needsCredentials: credentials === undefined,
    masterKey(masterKeyOptions) {
      readMasterKey(masterKeyOptions);
      return Buffer.from(masterKeyOptions);
    },
    wrap(dataKey, masterKeyDocument) {
      const masterKey = readMasterKey(masterKeyDocument);
      const plaintext = Buffer.from(dataKey).toString('base64');
      const fields = { Plaintext: plaintext, KeyId: masterKey.key };
      return call('Encrypt', masterKey, fields, plaintext);
    },
    unwrap(keyMaterial, masterKeyDocument) {
      const ciphertext = Buffer.from(keyMaterial).toString('base64');
      const fields = { CiphertextBlob: ciphertext };
      return call('Decrypt', readMasterKey(masterKeyDocument), fields, ciphertext);
    },
  };
}

/** JSON with libmongocrypt's spaces: the signature covers them, and so the two can be compared. */
function spaced(fields: Readonly<Record<string, string>>): string {
  const parts = Object.entries(fields).map((pair) => pair.map((part) => JSON.stringify(part)));
  return `{${parts.map((pair) => pair.join(': ')).join(', ')}}`;
}

function signedRequest(input: {
  id: string;
  action: string;
  masterKey: MasterKey;
  body: string;
  secrets: readonly string[];
  credentials: AwsCredentials;
  date: Date;
}): HttpRequest {
  const { masterKey, body, credentials, date } = input;
  const signed: (readonly [string, string])[] = [
    ['Content-Length', String(Buffer.byteLength(body))],
    ['Content-Type', 'application/x-amz-json-1.1'],
    ['Host', masterKey.endpoint],
    ['X-Amz-Date', amzDate(date)],
    ['X-Amz-Target', `TrentService.${input.action}`],
  ];
  if (credentials.sessionToken !== undefined) {
    signed.push(['X-Amz-Security-Token', credentials.sessionToken]);
  }
  const { region } = masterKey;
  const signature = authorization({
    credentials,
    region,
    service: 'kms',
    path: '/',
    headers: signed,
    body,
    date,
  });
  return {
    provider: input.id,
    endpoint: withPort(masterKey.endpoint, httpsPort),
    path: '/',
    // A connection serves one message, so it need not stay open; not part of the signature.
    headers: [...signed, ['Authorization', signature], ['Connection', 'close']],
    body,
    secrets: input.secrets,
  };
}
