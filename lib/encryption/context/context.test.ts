import { serialize } from 'bson';
import { describe, expect, it } from 'vitest';
import { KeyError } from '../errors.ts';
import type { KmsOutcome, KmsRequest } from '../kms/index.ts';
import { drive } from '../testing/drive.ts';
import { Context } from './context.ts';
import { runKms } from './kms.ts';
import { ContextState, type Steps } from './steps.ts';

const document = serialize({ a: 1 });

function* askForKeys(seen: Uint8Array[]): Steps<Uint8Array> {
  const replies = yield { state: ContextState.MONGOCRYPT_CTX_NEED_MONGO_KEYS, filter: document };
  seen.push(...replies);
  if (replies.length === 0) throw new KeyError('not-found', 'nothing came');
  return document;
}

// eslint wants a yield in every generator; this one needs nothing, like a bypassed command.
const needNothing = (): Steps<Uint8Array> =>
  (function* (): Steps<Uint8Array> {
    yield* [];
    return document;
  })();

describe('Context', () => {
  it('is READY at once when nothing is needed, and DONE after finalize', () => {
    const context = new Context(needNothing());
    expect(context.state).toBe(ContextState.MONGOCRYPT_CTX_READY);
    expect(context.finalize()).toEqual(Buffer.from(document));
    expect(context.state).toBe(ContextState.MONGOCRYPT_CTX_DONE);
  });

  it('hands a filter out and the replies, copied, back', () => {
    const seen: Uint8Array[] = [];
    const context = new Context(askForKeys(seen));
    expect(context.nextMongoOperation()).toEqual(Buffer.from(document));
    const reply = Buffer.from(document);
    context.addMongoOperationResponse(reply);
    reply.fill(0);
    context.finishMongoOperation();
    expect(seen).toHaveLength(1);
    expect(Buffer.from(seen[0] ?? [])).toEqual(Buffer.from(document));
  });

  it('turns a failure into state ERROR with a status, and ignores the calls after it', () => {
    const context = new Context(askForKeys([]));
    expect(context.status).toEqual({ type: 0, code: 0 });
    context.finishMongoOperation();
    expect(context.state).toBe(ContextState.MONGOCRYPT_CTX_ERROR);
    expect(context.status).toEqual({ type: 1, code: 1, message: 'nothing came' });
    context.addMongoOperationResponse(document);
    context.finishMongoOperation();
    expect(context.nextKMSRequest()).toBeNull();
    expect(context.finalize()).toHaveLength(0);
    expect(context.status.message).toBe('nothing came');
  });

  it.each<[string, (context: Context) => unknown]>([
    ['finalize', (context) => context.finalize()],
    ['nextKMSRequest', (context) => context.nextKMSRequest()],
    ['finishKMSRequests', (context) => context.finishKMSRequests()],
  ])('refuses %s while it waits for keys', (_, call) => {
    const context = new Context(askForKeys([]));
    call(context);
    expect(context.state).toBe(ContextState.MONGOCRYPT_CTX_ERROR);
    expect(context.status.message).toContain('in state 3');
  });

  it('refuses a second finalize', () => {
    const context = new Context(needNothing());
    context.finalize();
    expect(context.finalize()).toHaveLength(0);
    expect(context.state).toBe(ContextState.MONGOCRYPT_CTX_ERROR);
  });

  it('throws from the constructor what fails before the first need', () => {
    function* failing(): Steps<Uint8Array> {
      yield* [];
      throw new KeyError('kms-provider', 'not configured');
    }
    expect(() => new Context(failing())).toThrow(KeyError);
  });

  it('is not frozen: the driver assigns properties to it', () => {
    expect(Object.assign(new Context(needNothing()), { id: 1 }).id).toBe(1);
  });
});

describe('runKms', () => {
  const request = (name: string): KmsRequest => ({
    addResponse: () => undefined,
    fail: () => false,
    status: { type: 0, code: 0 },
    bytesNeeded: 0,
    uSleep: 0,
    kmsProvider: name,
    endpoint: 'kms.test:443',
    message: Buffer.from(name),
  });
  function* talk(...names: string[]): Exclude<KmsOutcome, Buffer> {
    for (const name of names) yield request(name);
    return Buffer.from(names.join());
  }
  const conversations = function* (...outcomes: KmsOutcome[]): Steps<Uint8Array> {
    return Buffer.concat(yield* runKms(outcomes));
  };

  it('never needs a KMS for outcomes that are known', () => {
    const context = new Context(conversations(Buffer.from('a'), Buffer.from('b')));
    expect(drive(context)).toMatchObject({ states: [5], output: Buffer.from('ab') });
  });

  it('runs conversations of different length side by side, results in order', () => {
    const context = new Context(conversations(talk('t1', 't2'), Buffer.from('|'), talk('u1')));
    const rounds: string[][] = [];
    while (context.state === ContextState.MONGOCRYPT_CTX_NEED_KMS) {
      const round: string[] = [];
      for (let next = context.nextKMSRequest(); next; next = context.nextKMSRequest()) {
        round.push(next.kmsProvider);
      }
      rounds.push(round);
      context.finishKMSRequests();
    }
    expect(rounds).toEqual([['t1', 'u1'], ['t2']]);
    expect(context.finalize().toString()).toBe('t1,t2|u1');
  });
});
