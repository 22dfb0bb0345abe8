// Which HTTP statuses each provider tries again, at each of its steps, and how long a token is kept.
import { serialize } from 'bson';
import { describe, expect, it } from 'vitest';
import { gcp } from '../testing/clouds.ts';
import { KmsProviders, type KmsRequest } from './index.ts';

const configured = {
  aws: { accessKeyId: 'a', secretAccessKey: 's' },
  azure: { tenantId: 't', clientId: 'c', clientSecret: 's' },
  'azure:other': { tenantId: 't', clientId: 'd', clientSecret: 's' },
  gcp: { email: gcp.email, privateKey: gcp.privateKey },
  'gcp:other': { email: gcp.email, privateKey: gcp.privateKey },
};
type Id = keyof typeof configured;

const masterKeys = {
  aws: { region: 'r', key: 'k' },
  azure: { keyVaultEndpoint: 'v.vault.test', keyName: 'k' },
  gcp: gcp.masterKey,
};
const isToken = ({ message }: KmsRequest) => / \S*\/token HTTP/.test(message.toString('latin1'));

function respond(request: KmsRequest, status: number, body: object): void {
  const text = JSON.stringify(body);
  const head = `HTTP/1.1 ${String(status)} X\r\nContent-Length: ${String(text.length)}\r\n\r\n`;
  request.addResponse(Buffer.from(head + text));
}

const good = { CiphertextBlob: 'AAAA', value: 'AAAA', ciphertext: 'AAAA' };
const token = { access_token: 'token', expires_in: 3600 };

/** Wraps a key; the kinds of messages it took. `fail` says the status of a message, if not 200. */
function wrap(
  providers: KmsProviders,
  id: Id,
  fail: (kind: 'token' | 'key') => number | undefined = () => undefined,
): ('token' | 'key')[] {
  const [type = ''] = id.split(':');
  const masterKey = serialize({ provider: id, ...masterKeys[type as keyof typeof masterKeys] });
  const conversation = providers.get(id).wrap(Buffer.alloc(96), masterKey);
  if (Buffer.isBuffer(conversation)) throw new TypeError('Expected a conversation');
  const kinds: ('token' | 'key')[] = [];
  for (const request of conversation) {
    const kind = isToken(request) ? 'token' : 'key';
    kinds.push(kind);
    const status = fail(kind);
    if (status === undefined) respond(request, 200, kind === 'token' ? token : good);
    else respond(request, status, {});
  }
  return kinds;
}

const statuses = [201, 204, 301, 302, ...Array.from({ length: 200 }, (_, index) => 400 + index)];
const passing = {
  aws: [408, 429, 500, 502, 503, 509],
  azure: [408, 429, 500, 502, 503, 504],
  gcp: [408, 429, ...statuses.filter((status) => status >= 500)],
};

describe.each(['aws', 'azure', 'gcp'] as const)('statuses that %s calls passing', (id) => {
  const steps = id === 'aws' ? (['key'] as const) : (['token', 'key'] as const);
  it.each(steps)('are tried again, and no other, at the step of the %s', (step) => {
    const make = () => new KmsProviders(serialize({ [id]: configured[id] }));
    // Its token is kept, so that only the key's own step is asked again and again.
    const withToken = make();
    wrap(withToken, id);
    const retried = statuses.filter((status) => {
      let failures = 0;
      const fail = (kind: 'token' | 'key') =>
        kind === step && failures++ === 0 ? status : undefined;
      try {
        wrap(step === 'token' ? make() : withToken, id, fail);
        return true;
      } catch {
        return false;
      }
    });
    expect(retried).toEqual(passing[id]);
  });
});

describe.each(['azure', 'gcp'] as const)('an access token of %s', (id) => {
  const clock = { now: 1_800_000_000_000 };
  const make = () => new KmsProviders(serialize(configured), () => clock.now);

  it('is kept until five seconds before it expires', () => {
    const providers = make();
    expect(wrap(providers, id)).toEqual(['token', 'key']);
    clock.now += 3_594_999;
    expect(wrap(providers, id)).toEqual(['key']);
    clock.now += 1;
    expect(wrap(providers, id)).toEqual(['token', 'key']);
  });

  it('is not shared with a provider of another name', () => {
    const providers = make();
    wrap(providers, id);
    expect(wrap(providers, `${id}:other`)).toEqual(['token', 'key']);
    expect(wrap(providers, `${id}:other`)).toEqual(['key']);
    expect(wrap(providers, id)).toEqual(['key']);
  });

  it('is not kept when the answer does not say how long it is valid', () => {
    const providers = make();
    const [type = ''] = id.split(':');
    const masterKey = serialize({ provider: id, ...masterKeys[type as keyof typeof masterKeys] });
    const conversation = providers.get(id).wrap(Buffer.alloc(96), masterKey);
    if (Buffer.isBuffer(conversation)) throw new TypeError('Expected a conversation');
    const request = conversation.next().value as KmsRequest;
    respond(request, 200, { access_token: 'token' });
    expect(() => conversation.next()).toThrow('Expected `expires_in`');
    expect(wrap(providers, id)).toEqual(['token', 'key']);
  });
});
