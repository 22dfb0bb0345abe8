// Calls that the state does not allow: each ends the operation with an error and moves nothing on.
import { serialize } from 'bson';
import { describe, expect, it } from 'vitest';
import type { KmsRequest } from '../kms/index.ts';
import { Context } from './context.ts';
import { ContextState, type Need, type Steps } from './steps.ts';

const document = serialize({ a: 1 });

interface Turns {
  replies: unknown[];
  closed: boolean;
}

/** One need, then the result; notes what came back and whether the operation was closed. */
function* operation(need: Need, turns: Turns): Steps<Uint8Array> {
  try {
    turns.replies.push(yield need);
    return document;
  } finally {
    turns.closed = true;
  }
}

const request = { endpoint: 'kms:443' } as unknown as KmsRequest;
const needs: readonly [string, Need][] = [
  [
    'collection infos',
    { state: ContextState.MONGOCRYPT_CTX_NEED_MONGO_COLLINFO, filter: document },
  ],
  ['keys', { state: ContextState.MONGOCRYPT_CTX_NEED_MONGO_KEYS, filter: document }],
  ['KMS replies', { state: ContextState.MONGOCRYPT_CTX_NEED_KMS, requests: [request] }],
  ['credentials', { state: ContextState.MONGOCRYPT_CTX_NEED_KMS_CREDENTIALS }],
];
const server = new Set(['collection infos', 'keys']);

const calls: readonly [string, (context: Context) => unknown, (need: string) => boolean][] = [
  ['nextMongoOperation', (context) => context.nextMongoOperation(), (need) => server.has(need)],
  [
    'addMongoOperationResponse',
    (context) => {
      context.addMongoOperationResponse(document);
    },
    (need) => server.has(need),
  ],
  [
    'finishMongoOperation',
    (context) => {
      context.finishMongoOperation();
    },
    (need) => server.has(need),
  ],
  ['nextKMSRequest', (context) => context.nextKMSRequest(), (need) => need === 'KMS replies'],
  [
    'finishKMSRequests',
    (context) => {
      context.finishKMSRequests();
    },
    (need) => need === 'KMS replies',
  ],
  [
    'provideKMSProviders',
    (context) => {
      context.provideKMSProviders(document);
    },
    (need) => need === 'credentials',
  ],
  ['finalize', (context) => context.finalize(), () => false],
];

describe.each(needs)('while %s are needed', (name, need) => {
  const start = (turns: Turns) => new Context(operation(need, turns));

  it.each(calls.filter(([, , isAllowed]) => isAllowed(name)))('%s is no error', (_call, act) => {
    const context = start({ replies: [], closed: false });
    act(context);
    expect(context.status).toEqual({ type: 0, code: 0 });
  });

  it.each(calls.filter(([, , isAllowed]) => !isAllowed(name)))('%s is refused', (_call, act) => {
    const turns: Turns = { replies: [], closed: false };
    const context = start(turns);
    const result = act(context);
    expect(context.state).toBe(ContextState.MONGOCRYPT_CTX_ERROR);
    expect(context.status.message).toContain('Unexpected call');
    expect(turns).toEqual({ replies: [], closed: true });
    expect(result ?? Buffer.alloc(0)).toEqual(Buffer.alloc(0));
  });
});

describe('when the result is ready, or handed over', () => {
  const done = () => {
    const context = new Context(
      operation(
        { state: ContextState.MONGOCRYPT_CTX_NEED_KMS, requests: [] },
        { replies: [], closed: false },
      ),
    );
    context.finishKMSRequests();
    return context;
  };

  const finalized = () => {
    const context = done();
    context.finalize();
    return context;
  };

  it.each(calls.slice(0, -1))('%s is refused', (_call, act) => {
    for (const context of [done(), finalized()]) {
      act(context);
      expect(context.status.message).toContain('Unexpected call');
      expect(context.finalize()).toHaveLength(0);
    }
  });

  it('finalize gives it once', () => {
    const context = done();
    expect(context.finalize()).toEqual(Buffer.from(document));
    expect(context.finalize()).toHaveLength(0);
    expect(context.state).toBe(ContextState.MONGOCRYPT_CTX_ERROR);
  });
});

describe('a KMS round', () => {
  it('hands out each request once, then null', () => {
    const turns: Turns = { replies: [], closed: false };
    const need: Need = { state: ContextState.MONGOCRYPT_CTX_NEED_KMS, requests: [request] };
    const context = new Context(operation(need, turns));
    expect(context.nextKMSRequest()).toBe(request);
    expect(context.nextKMSRequest()).toBeNull();
    expect(context.nextKMSRequest()).toBeNull();
    expect(context.status.type).toBe(0);
  });
});
