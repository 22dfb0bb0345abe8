// Test support: a message to a KMS in a form in which two senders' can be compared: without what depends
// on time or chance, and without what HTTP and JSON leave open (order of headers, white space, padding).
import { decode, find, numberOf } from '../../kms/ttlv.ts';
import { Tag } from '../../kms/kmip-messages.ts';
import type { Message } from './converse.ts';
import { parseHttp } from './fake-kms.ts';

const register = 3;
const keyLength = 96;

/**
 * The claims and the header of a JWT, `iat` and `exp` replaced by the time between them. The host of
 * `scope` is left out: for an endpoint that is not Google's, libmongocrypt makes one up.
 */
function comparableJwt(token: string): object {
  const [header = '', claims = ''] = token.split('.');
  const read = (part: string) =>
    JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  const { iat, exp, scope, ...others } = read(claims);
  return {
    header: read(header),
    claims: others,
    scope: String(scope).replace(/^https:\/\/www\.[^/]+\//, 'https://www.…/'),
    lifetime: Number(exp) - Number(iat),
  };
}

function comparableBody(contentType: string | undefined, body: string): unknown {
  if (contentType !== 'application/x-www-form-urlencoded') return JSON.parse(body);
  const { assertion, ...fields } = Object.fromEntries(new URLSearchParams(body));
  return assertion === undefined ? fields : { ...fields, assertion: comparableJwt(assertion) };
}

/** `Credential` and `SignedHeaders` of SigV4; date and signature are checked by AWS's own signer. */
function comparableAuthorization(value: string | undefined): string | undefined {
  return value?.replace(/\/\d{8}\//, '/a day/').replace(/Signature=[0-9a-f]{64}$/, 'Signature=…');
}

function comparableHttp(message: Buffer): object {
  const { method, path, headers, body } = parseHttp(message);
  const { 'content-length': length, 'x-amz-date': date, host, authorization, ...others } = headers;
  return {
    method,
    path,
    headers: {
      ...others,
      // libmongocrypt states a port that is not 443 to decrypt, but not to encrypt.
      host: host?.replace(/:\d+$/, ''),
      'x-amz-date': date?.replace(/^\d{8}T\d{6}Z$/, 'a time'),
      authorization: comparableAuthorization(authorization),
    },
    lengthIsRight: Number(length) === Buffer.byteLength(body),
    body: comparableBody(headers['content-type'], body),
  };
}

/** KMIP's bytes; where a new secret is registered, zeroes in its place. */
function comparableKmip(message: Buffer): string {
  const batchItem = find(decode(message), Tag.batchItem);
  const bytes = Buffer.from(message);
  if (batchItem && numberOf(find(batchItem, Tag.operation)) === register) {
    bytes.fill(0, bytes.length - keyLength);
  }
  return bytes.toString('hex');
}

/** A message in a form in which equal ones are equal texts. */
export function comparableText(message: Message): string {
  const sorted = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return JSON.stringify(comparable(message), sorted);
}

export function comparable({ provider, endpoint, bytes }: Message): object {
  const isKmip = provider.startsWith('kmip');
  return { provider, endpoint, said: isKmip ? comparableKmip(bytes) : comparableHttp(bytes) };
}
