// What a KMIP server may answer, step by step, and every answer that is no answer.
import { deserialize, serialize } from 'bson';
import { describe, expect, it } from 'vitest';
import { wrapKey } from '../crypto/index.ts';
import { KmsError } from '../errors.ts';
import { KmsProviders, type KmsOutcome } from './index.ts';
import { Tag } from './kmip-messages.ts';
import { bytes, decode, enumeration, find, integer, structure, text } from './ttlv.ts';

const kmip = new KmsProviders(serialize({ kmip: { endpoint: 'kmip.test' } })).get('kmip');
const master = Buffer.alloc(96, 5);
const dataKey = Buffer.alloc(96, 6);
const iv = Buffer.alloc(16, 7);
const plain = serialize({ provider: 'kmip', keyId: '12' });
const delegated = serialize({ provider: 'kmip', keyId: '12', delegated: true });

const answer = (...payload: Buffer[]) => reply(0, structure(Tag.responsePayload, ...payload));
const reply = (status: number, ...more: Buffer[]) =>
  structure(
    Tag.responseMessage,
    structure(Tag.batchItem, enumeration(Tag.resultStatus, status), ...more),
  );
const secretOf = (material: Buffer) =>
  answer(
    structure(
      Tag.secretData,
      structure(Tag.keyBlock, structure(Tag.keyValue, bytes(Tag.keyMaterial, material))),
    ),
  );

interface Talk {
  readonly result: Buffer;
  readonly sent: readonly Buffer[];
}

/** Answers each message in turn, a byte at a time if `slowly`. */
function converse(outcome: KmsOutcome, answers: readonly Buffer[], slowly = false): Talk {
  if (Buffer.isBuffer(outcome)) return { result: outcome, sent: [] };
  const sent: Buffer[] = [];
  for (let step = outcome.next(); ; step = outcome.next()) {
    if (step.done === true) return { result: step.value, sent };
    const request = step.value;
    sent.push(request.message);
    expect(request.endpoint).toBe('kmip.test:5696');
    const whole = answers[sent.length - 1] ?? Buffer.alloc(0);
    const parts = slowly ? [...whole].map((byte) => Buffer.of(byte)) : [whole];
    for (const part of parts) request.addResponse(part);
    expect(request.fail()).toBe(false);
  }
}

function refusal(outcome: KmsOutcome, ...answers: Buffer[]): string {
  try {
    converse(outcome, answers);
  } catch (error) {
    if (error instanceof KmsError) return error.message;
    throw error;
  }
  return 'not refused';
}

describe('a plain master key', () => {
  it.each([false, true])('is fetched and used here (byte by byte: %s)', (slowly) => {
    const wrapped = wrapKey(master, dataKey);
    const { result, sent } = converse(kmip.unwrap(wrapped, plain), [secretOf(master)], slowly);
    expect(result).toEqual(dataKey);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.includes(dataKey)).toBe(false);
    expect(sent[0]?.includes(wrapped)).toBe(false);
  });

  it.each([0, 32, 95, 97, 192])('of %i bytes is none', (length) => {
    for (const outcome of [kmip.wrap(dataKey, plain), kmip.unwrap(Buffer.alloc(160), plain)]) {
      expect(refusal(outcome, secretOf(Buffer.alloc(length, 1)))).toMatch(
        /^Expected (a KMIP master key of 96 bytes|key or data bytes)/,
      );
    }
  });

  it('that is another one opens nothing', () => {
    const wrapped = wrapKey(master, dataKey);
    const unwrap = () => converse(kmip.unwrap(wrapped, plain), [secretOf(Buffer.alloc(96, 9))]);
    expect(unwrap).toThrow('HMAC validation failure');
  });

  it('is made on the server, activated and named when the options name none', () => {
    const identified = answer(text(Tag.uniqueIdentifier, 'id-1'));
    for (const options of [{ provider: 'kmip' }, { provider: 'kmip', delegated: true }]) {
      const { result, sent } = converse(kmip.masterKey(serialize(options)), [
        identified,
        identified,
      ]);
      expect(deserialize(result)).toEqual({ ...options, keyId: 'id-1' });
      expect(sent).toHaveLength(2);
      expect(sent[1]?.includes('id-1')).toBe(true);
    }
    const named = converse(kmip.masterKey(plain), []);
    expect(named).toEqual({ result: Buffer.from(plain), sent: [] });
  });
});

describe('a delegated master key', () => {
  const encrypted = (nonce: Buffer, data: Buffer) =>
    answer(bytes(Tag.ivCounterNonce, nonce), bytes(Tag.data, data));

  it('wraps there: IV and data are stored, and sent apart to unwrap', () => {
    const data = Buffer.alloc(112, 8);
    const { result } = converse(kmip.wrap(dataKey, delegated), [encrypted(iv, data)]);
    expect(result).toEqual(Buffer.concat([iv, data]));
    const opened = converse(kmip.unwrap(result, delegated), [answer(bytes(Tag.data, dataKey))]);
    expect(opened.result).toEqual(dataKey);
    const [payload] = opened.sent.map((sent) =>
      find(decode(sent), Tag.batchItem, Tag.requestPayload),
    );
    expect(payload && find(payload, Tag.data)?.value).toEqual(data);
    expect(payload && find(payload, Tag.ivCounterNonce)?.value).toEqual(iv);
  });

  it.each([0, 12, 15, 17])('is refused with an IV of %i bytes', (length) => {
    const outcome = kmip.wrap(dataKey, delegated);
    expect(refusal(outcome, encrypted(Buffer.alloc(length), Buffer.alloc(112)))).toMatch(
      /^Expected (a KMIP IV of 16 bytes|key or data bytes)/,
    );
  });

  it('is refused without data or without IV', () => {
    expect(refusal(kmip.wrap(dataKey, delegated), answer(bytes(Tag.data, dataKey)))).toContain(
      'Expected key or data bytes',
    );
    const nonce = answer(bytes(Tag.ivCounterNonce, iv));
    expect(refusal(kmip.wrap(dataKey, delegated), nonce)).toContain('Expected key or data bytes');
    expect(refusal(kmip.unwrap(Buffer.alloc(128), delegated), nonce)).toContain('Expected key');
  });
});

describe('a master key without identifier', () => {
  it('wraps and unwraps nothing', () => {
    const unnamed = serialize({ provider: 'kmip' });
    for (const act of [kmip.wrap(dataKey, unnamed), kmip.unwrap(Buffer.alloc(160), unnamed)]) {
      expect(() => converse(act, [])).toThrow('Expected `masterKey.keyId`, got none');
    }
  });
});

describe('an answer is refused', () => {
  const payload = structure(Tag.responsePayload);
  const good = secretOf(master);
  const longer = Buffer.from(good);
  longer.writeUInt32BE(good.readUInt32BE(4) + 8, 4);

  it.each<[string, Buffer, string]>([
    ['of another kind', structure(Tag.requestMessage, payload), 'Expected a KMIP response'],
    ['that is HTTP', Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), 'Expected a KMIP response'],
    ['that is cut', good.subarray(0, -8), 'Expected a KMIP response'],
    ['that is cut in its header', good.subarray(0, 7), 'Expected a KMIP response'],
    ['that is empty', Buffer.alloc(0), 'Expected a KMIP response'],
    ['that says it is longer', longer, 'Expected a KMIP response'],
    ['without item', structure(Tag.responseMessage, integer(Tag.batchCount, 1)), 'a KMIP result'],
    [
      'without status',
      structure(Tag.responseMessage, structure(Tag.batchItem, payload)),
      'a KMIP result',
    ],
    ['without payload', reply(0), 'a KMIP payload'],
    ['that says pending', reply(2, payload), 'refused with KMIP reason none'],
    [
      'that says why it failed',
      reply(1, enumeration(Tag.resultReason, 1), text(Tag.resultMessage, 'not\nhere'), payload),
      'refused with KMIP reason 1 (',
    ],
    ['with a key elsewhere', answer(bytes(Tag.keyMaterial, master)), 'key or data bytes'],
    ['with a key that is text', answer(text(Tag.keyMaterial, 'x')), 'key or data bytes'],
  ])('%s', (_name, message, expected) => {
    expect(refusal(kmip.unwrap(wrapKey(master, dataKey), plain), message)).toContain(expected);
  });

  it('with what the server said, in words and on one line', () => {
    const said = reply(1, enumeration(Tag.resultReason, 1), text(Tag.resultMessage, 'not\nhere'));
    const message = refusal(kmip.unwrap(Buffer.alloc(160), plain), said);
    expect(message).toMatch(/\): not here$/);
    const long = reply(1, text(Tag.resultMessage, 'x'.repeat(1000)));
    expect(refusal(kmip.unwrap(Buffer.alloc(160), plain), long)).toHaveLength(
      refusal(kmip.unwrap(Buffer.alloc(160), plain), reply(1)).length + 302,
    );
  });

  it('when it should name a key and does not', () => {
    const make = () => kmip.masterKey(serialize({ provider: 'kmip' }));
    for (const payloadItem of [
      [],
      [text(Tag.uniqueIdentifier, '')],
      [integer(Tag.uniqueIdentifier, 5)],
    ]) {
      expect(refusal(make(), answer(...payloadItem))).toContain('Expected a unique identifier');
    }
  });

  it('not because of bytes that come after it', () => {
    const behind = Buffer.concat([good, Buffer.from('more')]);
    const { result } = converse(kmip.unwrap(wrapKey(master, dataKey), plain), [behind]);
    expect(result).toEqual(dataKey);
  });
});

describe('how many bytes are still needed', () => {
  it('is the header first, then exactly the rest, and none of what is no answer', () => {
    const outcome = kmip.unwrap(wrapKey(master, dataKey), plain);
    const request = Buffer.isBuffer(outcome) ? undefined : outcome.next().value;
    const good = secretOf(master);
    const needed = () => (request && 'bytesNeeded' in request ? request.bytesNeeded : -1);
    const add = (part: Buffer) => {
      if (request && 'addResponse' in request) request.addResponse(part);
    };
    expect(needed()).toBe(8);
    add(good.subarray(0, 3));
    expect(needed()).toBe(5);
    add(good.subarray(3, 8));
    expect(needed()).toBe(good.length - 8);
    add(good.subarray(8));
    expect(needed()).toBe(0);
  });

  it('is none for a length beyond a megabyte', () => {
    const outcome = kmip.unwrap(Buffer.alloc(160), plain);
    const header = Buffer.from(structure(Tag.responseMessage).subarray(0, 8));
    header.writeUInt32BE(1024 * 1024 + 8, 4);
    expect(refusal(outcome, header)).toContain('Expected a KMIP response');
  });
});
