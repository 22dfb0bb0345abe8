// What an error of a KMS says, in each provider's own form, and what it must not repeat.
import { describe, expect, it } from 'vitest';
import { KmsError } from '../errors.ts';
import { send, type HttpRequest } from './http-exchange.ts';

const secret = 'FwoGZXIvYXdzEA0aDtoken';
const request: HttpRequest = {
  provider: 'aws:eu',
  endpoint: 'kms.test:443',
  path: '/',
  headers: [['X-Amz-Security-Token', secret]],
  body: '{}',
  secrets: [secret, ''],
};
const retryable = new Set([503]);

/** Answers each attempt in turn; the result, or the error. */
function converse(...answers: { status: number; body: string }[]): {
  outcome: Buffer | KmsError;
  attempts: number;
} {
  const conversation = send(() => request, retryable);
  let attempts = 0;
  try {
    for (let step = conversation.next(); ; step = conversation.next()) {
      if (step.done === true) return { outcome: step.value, attempts };
      const { status, body } = answers[attempts++] ?? { status: 503, body: '' };
      const head = `HTTP/1.1 ${String(status)} X\r\nContent-Length: ${String(Buffer.byteLength(body))}`;
      step.value.addResponse(Buffer.from(`${head}\r\n\r\n${body}`));
    }
  } catch (error) {
    if (error instanceof KmsError) return { outcome: error, attempts };
    throw error;
  }
}

function failure(status: number, body: string): string {
  return String(converse({ status, body }).outcome);
}

describe('an error of a KMS', () => {
  it.each([
    ['AWS', '{"__type":"NotFoundException","message":"no key"}', 'NotFoundException, no key'],
    ['AWS, in the other case', '{"__type":"AccessDenied","Message":"no"}', 'AccessDenied, no'],
    ['Azure', '{"error":{"code":"KeyNotFound","message":"no key"}}', 'KeyNotFound, no key'],
    [
      'OAuth',
      '{"error":"invalid_client","error_description":"AADSTS7000215"}',
      'invalid_client, AADSTS7000215',
    ],
    ['GCP', '{"error":{"code":404,"message":"no key","status":"NOT_FOUND"}}', 'NOT_FOUND, no key'],
  ])('has the status and the words of %s', (_, body, words) => {
    expect(failure(404, body)).toBe(
      `KmsError: KMS provider \`aws:eu\` answered with HTTP status 404: ${words}`,
    );
  });

  it.each(['', '<html>Bad Gateway</html>', '[]', 'null', '{"message":5}', '{"error":{"code":7}}'])(
    'has the status alone where the body says nothing readable: %s',
    (body) => {
      expect(failure(404, body)).toMatch(/answered with HTTP status 404$/);
    },
  );

  it('has no line breaks and no end without limit', () => {
    const said = failure(400, JSON.stringify({ message: `a\r\nb\u0000c${'x'.repeat(9999)}` }));
    expect(said).toContain(': a b cxxx');
    expect(said).toMatch(/^[\x20-\x7e]+$/);
    expect(said.length).toBeLessThan(600);
  });

  it('never repeats what the request kept secret, wherever it is echoed', () => {
    const message = `expected 'x-amz-security-token:${secret}' in ${'x'.repeat(450)} ${secret}`;
    const said = failure(400, JSON.stringify({ __type: secret, message }));
    expect(said).toContain("'x-amz-security-token:***'");
    expect(said).not.toContain(secret.slice(0, 8));
  });
});

describe('retries', () => {
  const busy = { status: 503, body: '{}' };

  it.each([0, 1, 2, 3])('%i passing failures are followed by the answer', (failures) => {
    const answers = Array.from({ length: failures }, () => busy);
    const { outcome, attempts } = converse(...answers, { status: 200, body: 'good' });
    expect(outcome).toEqual(Buffer.from('good'));
    expect(attempts).toBe(failures + 1);
  });

  it('end after three, with the last status', () => {
    const { outcome, attempts } = converse(busy, busy, busy, busy, { status: 200, body: 'late' });
    expect(String(outcome)).toContain('HTTP status 503 after 4 attempts');
    expect(attempts).toBe(4);
  });

  it('stop at a status that is not passing', () => {
    const { outcome, attempts } = converse(busy, { status: 400, body: '{}' });
    expect(String(outcome)).toContain('HTTP status 400 after 2 attempts');
    expect(attempts).toBe(2);
  });

  it.each([200, 201, 204, 301, 400, 401, 403, 404, 501])('status %i is final', (status) => {
    expect(converse({ status, body: '{}' }).attempts).toBe(1);
  });
});
