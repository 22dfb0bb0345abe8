// Why a KMS refused, in words that say what to do: from the errors of the driver, of the encryption module (this one
// or the native addon) and of AWS's SDK. Knows error texts only: no keys, no settings, no network.
import 'server-only';

export type RefusalReason =
  | 'permission'
  | 'credentials'
  | 'expired'
  | 'disabled'
  | 'missing'
  | 'usage'
  | 'region'
  | 'unreachable'
  | 'certificate'
  | 'busy'
  | 'other';

export interface KmsRefusal {
  readonly reason: RefusalReason;
  /** What is wrong, then what the provider said: its status and code. Holds no secret. */
  readonly problem: string;
}

/** `wrap` makes key material under the CMK, `unwrap` opens it. */
export type KmsStep = 'wrap' | 'unwrap';

type Rule = readonly [words: RegExp, reason: RefusalReason, what: string];

const EVERYWHERE: readonly Rule[] = [
  [
    /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ECONNRESET|EPIPE|socket hang up|KMS request closed|timed out|TimeoutError|No route to/i,
    'unreachable',
    'The KMS cannot be reached: check endpoint, network and firewall',
  ],
  [
    /CERT_HAS_EXPIRED|certificate has expired/i,
    'certificate',
    'The certificate of the KMS has expired',
  ],
  [
    /ERR_TLS_CERT_ALTNAME_INVALID|does not match certificate/i,
    'certificate',
    'The certificate of the KMS is for another host name than the endpoint that is set',
  ],
  [
    /UNABLE_TO_VERIFY_LEAF_SIGNATURE|unable to verify the first certificate|SELF_SIGNED_CERT|self-signed certificate|UNABLE_TO_GET_ISSUER_CERT|unable to get (local )?issuer|CERT_SIGNATURE_FAILURE|certificate signature failure/i,
    'certificate',
    'The certificate of the KMS is not from a trusted authority: set the CA file of this provider',
  ],
  [
    /alert (bad certificate|certificate (required|unknown|expired|revoked)|decrypt error|handshake failure|unknown ca)|SSLV3_ALERT|TLSV1\d?_ALERT/i,
    'certificate',
    'The KMS refused the client certificate',
  ],
];

const BY_PROVIDER: Readonly<Record<string, readonly Rule[]>> = {
  aws: [
    [/AccessDenied|is not authorized to perform/, 'permission', 'A permission is missing'],
    [
      /ExpiredToken|token included in the request is expired/,
      'expired',
      'The session token has expired',
    ],
    [
      /InvalidSignatureException|SignatureDoesNotMatch/,
      'credentials',
      'The secret access key is wrong, or the signature is for another region',
    ],
    [
      /UnrecognizedClientException|InvalidClientTokenId|security token included in the request is invalid/,
      'credentials',
      'AWS does not know this access key id or session token',
    ],
    [
      /CredentialsProviderError|Could not load credentials|credential-provider/,
      'credentials',
      'No AWS credentials were found in the settings or on this machine',
    ],
    [/Region is missing/, 'region', 'Expected a region, got none: `AWS_REGION` names one'],
    [/DisabledException|is disabled/, 'disabled', 'The CMK is disabled'],
    [
      /KMSInvalidStateException|pending deletion/,
      'disabled',
      'The CMK is in a state that does not allow this, as pending deletion',
    ],
    [/Invalid arn/, 'region', 'The CMK lies in another region than the one that is set'],
    [/NotFoundException/, 'missing', 'There is no such CMK in this account and region'],
    [/InvalidKeyUsage/, 'usage', 'The CMK is not a symmetric key for encryption'],
    [/InvalidCiphertext|IncorrectKey/, 'other', 'What was wrapped does not belong to this CMK'],
    [
      /Throttling|LimitExceeded|TooManyRequests/,
      'busy',
      'AWS limits the rate of requests: try again',
    ],
  ],
  azure: [
    [/AADSTS7000215|AADSTS7000216/, 'credentials', 'The client secret is wrong'],
    [/AADSTS7000222/, 'expired', 'The client secret has expired'],
    [/AADSTS700016/, 'credentials', 'There is no application with this client id in this tenant'],
    [/AADSTS90002|AADSTS900023/, 'credentials', 'There is no such tenant'],
    [
      /invalid_client/,
      'credentials',
      'The identity platform does not take this client id and secret',
    ],
    [
      /Forbidden.*(disabled|not currently valid|expired|not yet valid)|KeyDisabled/s,
      'disabled',
      'The key is disabled, or outside its time of validity',
    ],
    [
      /Client address|ForbiddenByFirewall|ForbiddenByConnection|Public network access/,
      'unreachable',
      'The firewall of the vault does not let this address in',
    ],
    [
      /Forbidden|not authorized to perform action|does not have keys/,
      'permission',
      'A permission is missing',
    ],
    [
      /KeyNotFound|NotFound/,
      'missing',
      'There is no such key, or no such version of it, in this vault',
    ],
    [
      /Unauthorized|AKV10\d+/,
      'credentials',
      'The vault does not take the access token: check the tenant',
    ],
    [
      /BadParameter|KeyOperationForbidden|not permitted on this key/,
      'usage',
      'The key is not an RSA key that may wrap and unwrap with RSA-OAEP-256',
    ],
    [/Throttled|TooManyRequests/, 'busy', 'Azure limits the rate of requests: try again'],
  ],
  gcp: [
    [
      /invalid_grant.*(account not found|email)/is,
      'credentials',
      'There is no such service account',
    ],
    [
      /invalid_grant|Invalid JWT/,
      'credentials',
      'Google does not take this private key for this service account, or the clock of this machine is wrong',
    ],
    [
      /has not been used in project|is disabled.*API/s,
      'permission',
      'The Cloud KMS API is not enabled in the project',
    ],
    [/PERMISSION_DENIED/, 'permission', 'A permission is missing'],
    [
      /FAILED_PRECONDITION|is not enabled/,
      'disabled',
      'The version of the key is disabled or destroyed',
    ],
    [/UNAUTHENTICATED/, 'credentials', 'Cloud KMS does not take the access token'],
    [/NOT_FOUND/, 'missing', 'There is no such key, key ring, location or project'],
    [
      /INVALID_ARGUMENT/,
      'usage',
      'The key is not a symmetric key for encryption, or not the one it was wrapped with',
    ],
    [/RESOURCE_EXHAUSTED/, 'busy', 'Google limits the rate of requests: try again'],
  ],
  kmip: [
    [
      /Item Not Found/,
      'missing',
      'There is no such key on the KMIP server, or it is not for this client certificate',
    ],
    [
      /Permission Denied|Authentication Not Successful/,
      'permission',
      'The KMIP server does not allow this client certificate to do this',
    ],
    [
      /Operation Not Supported|Feature Not Supported/,
      'usage',
      'The KMIP server lacks an operation: Encrypt and Decrypt are needed where the key is delegated',
    ],
    [
      /Illegal Operation|Cryptographic Failure|Invalid Field|Wrong Key Lifecycle State|Object Archived/,
      'disabled',
      'The key is in a state, or of a kind, that does not allow this',
    ],
  ],
};

/** How each provider calls the permission of each step. */
const PERMISSIONS: Readonly<Record<string, Readonly<Record<KmsStep, string>>>> = {
  aws: { wrap: 'kms:Encrypt', unwrap: 'kms:Decrypt' },
  azure: {
    wrap: 'Microsoft.KeyVault/vaults/keys/wrap/action',
    unwrap: 'Microsoft.KeyVault/vaults/keys/unwrap/action',
  },
  gcp: {
    wrap: 'cloudkms.cryptoKeyVersions.useToEncrypt',
    unwrap: 'cloudkms.cryptoKeyVersions.useToDecrypt',
  },
};

/** The provider without the name that may follow it: `local` of `local:next`. */
export function providerKind(provider: string): string {
  return provider.split(':', 1)[0] ?? provider;
}

/** What this step is called at the provider: a permission where it has one. */
export function permissionOf(provider: string, step: KmsStep): string {
  return PERMISSIONS[providerKind(provider)]?.[step] ?? step;
}

/** Why `error` came, when the permission `name` was tried with `resource`, the CMK in words. */
export function explainRefusal(
  error: unknown,
  { provider, name, resource }: { provider: string; name: string; resource: string },
): KmsRefusal {
  const said = wordsOf(error);
  const rules = [...(BY_PROVIDER[providerKind(provider)] ?? []), ...EVERYWHERE];
  const [, reason, what] = rules.find(([words]) => words.test(said)) ?? [/./, 'other', undefined];
  if (what === undefined) return { reason, problem: said };
  if (reason !== 'permission') return { reason, problem: `${what} (${said})` };
  const named = namedPermission(said) ?? name;
  const where = isInAnotherAccount(said) ? ', which lies in another AWS account than who asks' : '';
  return { reason, problem: `${what}: \`${named}\` on ${resource}${where} (${said})` };
}

/** The permission that the provider itself names. */
function namedPermission(said: string): string | undefined {
  return /kms:[A-Z]\w+|Microsoft\.KeyVault\/[\w/]+|cloudkms\.[A-Za-z]+\.[A-Za-z]+/.exec(said)?.[0];
}

/** AWS names both: who asks, and what was asked for. */
function isInAnotherAccount(said: string): boolean {
  const asks = /User: arn:aws[\w-]*:\w+::(\d{12}):/.exec(said)?.[1];
  const owns = /on resource: arn:aws[\w-]*:kms:[\w-]+:(\d{12}):/.exec(said)?.[1];
  return asks !== undefined && owns !== undefined && asks !== owns;
}

const MOST_WORDS = 600;

/** OpenSSL puts a thread, a number and a place of its own source around its words. */
const OPENSSL_ERROR =
  /[0-9A-F]+:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):[^:]*:\d+:(?:SSL alert number \d+)?/g;

/** The messages of an error and of what caused it, each once, on one line. */
function wordsOf(error: unknown): string {
  const parts: string[] = [];
  for (let at = error, depth = 0; at instanceof Error && depth < 6; at = causeOf(at), depth++) {
    const words = `${statusOf(at)}${at.message}`
      .replaceAll(OPENSSL_ERROR, '$1')
      .replaceAll(/[^\x20-\x7e]+/g, ' ')
      .trim();
    if (words !== '' && !parts.some((part) => part.includes(words))) parts.push(words);
    const code = 'code' in at && typeof at.code === 'string' ? at.code : '';
    if (/^[A-Z_]{4,}$/.test(code) && !parts.some((part) => part.includes(code))) parts.push(code);
  }
  return (parts.join(', ') || 'it gave no reason').slice(0, MOST_WORDS);
}

/** Of several addresses that were tried, the first one's failure stands for all. */
function causeOf(error: Error): unknown {
  return error instanceof AggregateError ? error.errors[0] : error.cause;
}

/** AWS's SDK keeps the status and the name apart from the message. */
function statusOf(error: Error): string {
  if (!('$metadata' in error)) return '';
  const metadata: unknown = error.$metadata;
  const isObject = typeof metadata === 'object' && metadata !== null;
  const status = isObject && 'httpStatusCode' in metadata ? metadata.httpStatusCode : undefined;
  return typeof status === 'number' ? `HTTP status ${status}: ${error.name}, ` : '';
}
