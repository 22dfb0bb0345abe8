import { serialize, type Document } from 'bson';
import { describe, expect, it } from 'vitest';
import { KmsProviders, type KmsRequest } from '../kms/index.ts';
import { Context } from './context.ts';
import { runKms } from './kms.ts';
import type { Steps } from './steps.ts';

const vault = (keyName: string) => ({ keyVaultEndpoint: 'v.vault.azure.net', keyName });
const http = (status: number, body: object): Buffer => {
  const text = JSON.stringify(body);
  return Buffer.from(`HTTP/1.1 ${status} S\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
};

/** Wraps one key for each master key, side by side; `answer` gets each message that is sent. */
function wrapAll(masterKeys: readonly Document[], answer: (message: string) => Buffer): string[] {
  const azure = { tenantId: 't', clientId: 'c', clientSecret: 's' };
  const provider = new KmsProviders(serialize({ azure })).get('azure');
  function* operation(): Steps<Uint8Array> {
    const wrapped = masterKeys.map((masterKey, index) =>
      provider.wrap(Buffer.alloc(96, index), serialize({ provider: 'azure', ...masterKey })),
    );
    return Buffer.concat(yield* runKms(wrapped));
  }
  const context = new Context(operation());
  const sent: string[] = [];
  while (context.state === 4) {
    const requests: KmsRequest[] = [];
    for (let next = context.nextKMSRequest(); next; next = context.nextKMSRequest()) {
      requests.push(next);
    }
    for (const request of requests) {
      sent.push(request.message.toString());
      request.addResponse(answer(request.message.toString()));
      expect(request.bytesNeeded).toBe(0);
    }
    context.finishKMSRequests();
  }
  if (context.state === 0) throw new Error(context.status.message);
  return sent;
}

const isToken = (message: string) => message.includes('/token');
const serve = (message: string) =>
  isToken(message)
    ? http(200, { access_token: 'token', expires_in: 3599 })
    : http(200, { value: Buffer.alloc(8, 1).toString('base64url') });

describe('equal messages of one round', () => {
  it('are sent once: three keys of a vault want one token', () => {
    const sent = wrapAll([vault('a'), vault('b'), vault('c')], serve);
    expect(sent.filter(isToken)).toHaveLength(1);
    expect(sent).toHaveLength(4);
  });

  it('are tried again once when the KMS fails', () => {
    let failures = 1;
    const sent = wrapAll([vault('a'), vault('b')], (message) =>
      failures-- > 0 ? http(503, {}) : serve(message),
    );
    expect(sent.filter(isToken)).toHaveLength(2);
    expect(sent).toHaveLength(4);
  });

  it('fail all that asked', () => {
    expect(() => wrapAll([vault('a'), vault('b')], () => http(403, {}))).toThrow('HTTP status 403');
  });

  it('of different keys are all sent', () => {
    const sent = wrapAll([vault('a'), vault('a')], serve);
    expect(sent.filter((message) => !isToken(message))).toHaveLength(2);
  });
});
