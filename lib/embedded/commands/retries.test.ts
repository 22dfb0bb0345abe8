import { Binary, Long } from 'bson';
import { describe, expect, it } from 'vitest';

import { RetryLog } from './retries.ts';

const session = (id: number, txnNumber: number) => ({
  lsid: { id: new Binary(Buffer.alloc(16, id), 4) },
  txnNumber: Long.fromNumber(txnNumber),
});

function counter() {
  let runs = 0;
  return () => ++runs;
}

describe('RetryLog', () => {
  it('runs a statement once per session and transaction number', () => {
    const log = new RetryLog();
    const run = counter();
    expect(log.scope(session(1, 1)).once(0, run)).toBe(1);
    expect(log.scope(session(1, 1)).once(0, run)).toBe(1);
    expect(log.scope(session(1, 1)).once(1, run)).toBe(2);
    expect(log.scope(session(1, 2)).once(0, run)).toBe(3);
    expect(log.scope(session(2, 1)).once(0, run)).toBe(4);
  });

  it('refuses an older transaction number', () => {
    const log = new RetryLog();
    log.scope(session(1, 2)).once(0, counter());
    expect(() => log.scope(session(1, 1))).toThrow(/older txnNumber/);
  });

  it('runs again what was undone or failed', () => {
    const log = new RetryLog();
    const run = counter();
    const scope = log.scope(session(1, 1));
    scope.once(0, run);
    scope.forget();
    expect(log.scope(session(1, 1)).once(0, run)).toBe(2);
    const fail = () => {
      throw new Error('failed');
    };
    expect(() => log.scope(session(1, 1)).once(1, fail)).toThrow();
    expect(log.scope(session(1, 1)).once(1, run)).toBe(3);
  });

  it('runs every statement without a session', () => {
    const log = new RetryLog();
    const run = counter();
    expect([log.scope({}).once(0, run), log.scope({}).once(0, run)]).toEqual([1, 2]);
  });
});
