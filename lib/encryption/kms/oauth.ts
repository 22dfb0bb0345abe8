// Layer kms: OAuth 2.0 access tokens for Azure and GCP, kept until shortly before they expire.
import { KmsError } from '../errors.ts';
import { parseObject, requireReplyString, send, type HttpRequest } from './http-exchange.ts';
import type { Conversation, WallClock } from './provider.ts';

/** LMC: a token counts as expired this long before it is. */
const marginMS = 5000;

interface Token {
  readonly value: string;
  readonly expiresAt: number;
}

export class AccessTokens {
  readonly #now: WallClock;
  // By scope: two vaults of one provider may live in different clouds.
  readonly #tokens = new Map<string, Token>();

  constructor(now: WallClock) {
    this.#now = now;
  }

  /** The token for a scope, from the cache or the identity service. Throws `KmsError`. */
  *get(
    scope: string,
    provider: string,
    makeRequest: () => HttpRequest,
    retryable: ReadonlySet<number>,
  ): Conversation<string> {
    const cached = this.#tokens.get(scope);
    if (cached && this.#now() < cached.expiresAt) return cached.value;
    const body = yield* send(makeRequest, retryable);
    const value = requireReplyString(body, 'access_token', provider);
    const seconds = Number(parseObject(body)?.['expires_in']);
    if (!Number.isFinite(seconds)) {
      throw new KmsError('response', `Expected \`expires_in\` in the answer of \`${provider}\``);
    }
    this.#tokens.set(scope, { value, expiresAt: this.#now() + seconds * 1000 - marginMS });
    return value;
  }
}

/** A form as OAuth wants it: RFC 6749 appendix B. */
export function form(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
}

/** A POST of JSON or of a form, with the headers that Azure and GCP ask for. */
export function postRequest(input: {
  provider: string;
  endpoint: string;
  host: string;
  path: string;
  contentType: 'application/json' | 'application/x-www-form-urlencoded';
  accessToken?: string;
  body: string;
  /** Secrets of the body; the access token is one anyway. */
  secrets: readonly string[];
}): HttpRequest {
  const { provider, endpoint, host, path, contentType, accessToken, body, secrets } = input;
  return {
    provider,
    endpoint,
    path,
    headers: [
      ['Host', host],
      ['Accept', 'application/json'],
      ['Content-Type', contentType],
      ['Content-Length', String(Buffer.byteLength(body))],
      ...(accessToken === undefined ? [] : [['Authorization', `Bearer ${accessToken}`] as const]),
      ['Connection', 'close'],
    ],
    body,
    secrets: accessToken === undefined ? secrets : [accessToken, ...secrets],
  };
}
