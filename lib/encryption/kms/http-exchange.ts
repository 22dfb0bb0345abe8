// Layer kms: one HTTP request and its response, and the retry of what a KMS says is passing.
import { KmsError } from '../errors.ts';
import { type HttpResponse, HttpResponseReader } from './http-response.ts';
import type { Conversation, KmsRequest } from './provider.ts';

export interface HttpRequest {
  /** As in `kmsProviders`; the driver looks up its TLS options by it. */
  readonly provider: string;
  /** `host:port`. */
  readonly endpoint: string;
  readonly path: string;
  /** Without `Content-Length`, which is added unless it is there. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** Parts of the message that no error may repeat, should the answer echo them. */
  readonly secrets: readonly string[];
}

class HttpExchange implements KmsRequest {
  readonly #reader = new HttpResponseReader();
  readonly message: Buffer;
  readonly kmsProvider: string;
  readonly endpoint: string;
  /** Pausing is not possible: the driver for Node does not read it. */
  readonly uSleep = 0;
  readonly status = { type: 0, code: 0 };

  constructor(request: HttpRequest) {
    this.kmsProvider = request.provider;
    this.endpoint = request.endpoint;
    this.message = serialize(request);
  }

  addResponse(response: Uint8Array): void {
    this.#reader.add(response);
  }

  /** A network failure: the driver for Node throws by itself and does not ask. */
  fail(): boolean {
    return false;
  }

  get bytesNeeded(): number {
    return this.#reader.bytesNeeded;
  }

  result(): HttpResponse {
    return this.#reader.result();
  }
}

function serialize({ path, headers, body }: HttpRequest): Buffer {
  const lines = [`POST ${path} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  // Whatever a setting holds, it cannot start a header or a message of its own.
  if (lines.some((line) => /[^\t\x20-\x7e]/.test(line))) {
    throw new KmsError('options', 'Expected settings of printable ASCII in a message to the KMS');
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** LMC: at most three attempts after the first. */
const maxRetries = 3;

/**
 * Sends a request and returns the body of the answer with status 200. A status of `retryable` is
 * tried again at once, made anew by `makeRequest`: the driver for Node cannot wait.
 * Throws `KmsError`: `status` with what the KMS said, `response` for what is no HTTP.
 */
export function* send(
  makeRequest: () => HttpRequest,
  retryable: ReadonlySet<number>,
): Conversation {
  for (let attempt = 0; ; attempt++) {
    const request = makeRequest();
    const exchange = new HttpExchange(request);
    yield exchange;
    const { status, body } = exchange.result();
    if (status === 200) return body;
    if (attempt === maxRetries || !retryable.has(status)) {
      throw failedStatus(request, status, body, attempt);
    }
  }
}

function failedStatus(
  { provider, secrets }: HttpRequest,
  status: number,
  body: Buffer,
  retries: number,
): KmsError {
  const said = explanation(body, secrets);
  const tries = retries === 0 ? '' : ` after ${retries + 1} attempts`;
  const message = `KMS provider \`${provider}\` answered with HTTP status ${status}${tries}`;
  return new KmsError('status', said === '' ? message : `${message}: ${said}`);
}

/** What AWS (`__type`, `message`), Azure, GCP (`error`) and OAuth (`error_description`) say. */
function explanation(body: Buffer, secrets: readonly string[]): string {
  const reply = parseObject(body);
  const error = asObject(reply?.['error']);
  const parts = [
    reply?.['__type'],
    reply?.['message'] ?? reply?.['Message'],
    reply?.['error'],
    reply?.['error_description'],
    error?.['code'],
    error?.['status'],
    error?.['message'],
  ].filter((part) => typeof part === 'string');
  // Only words: a reply cannot write lines of its own into a log.
  const words = parts.join(', ').replaceAll(/[^\x20-\x7e]+/g, ' ');
  // AWS answers a wrong signature with the headers that it would have signed, a session token included.
  return secrets
    .filter((secret) => secret !== '')
    .reduce((safe, secret) => safe.replaceAll(secret, '***'), words)
    .slice(0, 500);
}

/** A JSON object, or undefined. */
export function parseObject(body: Buffer): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(body.toString('utf8')));
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
// Azure leaves the padding out; one character left over is half a byte.
const base64url = /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}(?:==)?|[A-Za-z0-9_-]{3}=?)?$/;

/**
 * Bytes of a JSON reply, which is zeroed: they may be a key. Strict: Node decodes anything, and half a wrapped key, stored, is a lost key.
 * Throws `KmsError` (`response`) naming the field and the provider, never the value.
 */
export function requireReplyBytes(
  body: Buffer,
  field: string,
  provider: string,
  encoding: 'base64' | 'base64url',
): Buffer {
  const text = requireReplyString(body, field, provider);
  // The string stays until it is collected; the bytes need not.
  body.fill(0);
  const isValid = (encoding === 'base64' ? base64 : base64url).test(text);
  if (text === '' || !isValid) {
    const expected = `Expected \`${field}\` in ${encoding} in the answer of \`${provider}\``;
    throw new KmsError('response', expected);
  }
  return Buffer.from(text, encoding);
}

/** A string of a JSON reply. Throws `KmsError` (`response`) naming the field and the provider. */
export function requireReplyString(body: Buffer, field: string, provider: string): string {
  const value = parseObject(body)?.[field];
  if (typeof value !== 'string') {
    throw new KmsError('response', `Expected \`${field}\` in the answer of \`${provider}\``);
  }
  return value;
}
