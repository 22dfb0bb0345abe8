// Replies that are nearly right: a byte before, after or instead of what was expected is refused.
import { describe, expect, it } from 'vitest';
import { KmsError } from '../errors.ts';
import { parseObject, requireReplyBytes, requireReplyString } from './http-exchange.ts';
import { HttpResponseReader } from './http-response.ts';
import { bytes, decode, enumeration, integer, numberOf, structure, text } from './ttlv.ts';

function outcome(message: string): string {
  const reader = new HttpResponseReader();
  reader.add(Buffer.from(message, 'latin1'));
  try {
    return reader.result().body.toString('latin1');
  } catch (error) {
    if (error instanceof KmsError) return 'refused';
    throw error;
  }
}
const sized = (more: string, body = 'hello') => `HTTP/1.1 200 OK\r\n${more}\r\n\r\n${body}`;
const chunked = (body: string) => sized('Transfer-Encoding: chunked', body);

describe('a status line', () => {
  it.each(['HTTP/1.1 200 OK', 'HTTP/1.0 200 OK', 'HTTP/1.1 200', 'HTTP/1.1 200 '])(
    'is %j',
    (line) => {
      expect(outcome(`${line}\r\nContent-Length: 2\r\n\r\nab`)).toBe('ab');
    },
  );

  it.each([
    ...['xHTTP/1.1 200 OK', ' HTTP/1.1 200 OK', 'HTTP/1.2 200 OK', 'HTTP/1.1  200 OK'],
    ...['HTTP/1.1 20 OK', 'HTTP/1.1 2000 OK', 'HTTP/1.1 200OK', 'HTTP/1.1 OK', ''],
  ])('is not %j', (line) => {
    expect(outcome(`${line}\r\nContent-Length: 2\r\n\r\nab`)).toBe('refused');
  });
});

describe('a stated length', () => {
  it.each(['5', '05', '0000005'])('is %j', (length) => {
    expect(outcome(sized(`Content-Length: ${length}`))).toBe('hello');
  });

  it.each(['5x', 'x5', '5 5', '+5', '5.0', '0x5', '', '5,5', '00000005', '1048577'])(
    'is not %j',
    (length) => {
      expect(outcome(sized(`Content-Length: ${length}`))).toBe('refused');
    },
  );

  it('comes once, and other headers as often as they like', () => {
    expect(outcome(sized('Content-Length: 5\r\nX-A: 1\r\nX-A: 2'))).toBe('hello');
    expect(outcome(sized('Content-Length: 5\r\ncontent-length: 5'))).toBe('refused');
    expect(outcome(sized('X-A: 1'))).toBe('refused');
  });
});

describe('a header', () => {
  it.each(['X-A', 'X A: 1', ' X-A: 1', ': 1', 'X-A 1', '(x): 1', 'X-A : 1'])(
    'is not %j',
    (header) => {
      expect(outcome(sized(`Content-Length: 5\r\n${header}`))).toBe('refused');
    },
  );

  it.each(['X-A:', 'X-A:1', 'X-A: \t1 \t', 'x_a.b~c: :'])('is %j', (header) => {
    expect(outcome(sized(`Content-Length: 5\r\n${header}`))).toBe('hello');
  });
});

describe('a chunk', () => {
  it.each(['5', '05', '000005', '5;x=1', '5 ;x', '5\t;', '5;'])('has the size %j', (size) => {
    expect(outcome(chunked(`${size}\r\nhello\r\n0\r\n\r\n`))).toBe('hello');
  });

  it.each(['x5', '5x', ' 5', '-5', '0x5', '5,', '', ';x', '0000005', '+5'])(
    'has no size %j',
    (size) => {
      expect(outcome(chunked(`${size}\r\nhello\r\n0\r\n\r\n`))).toBe('refused');
    },
  );

  it('counts in hexadecimal and ends with CRLF', () => {
    const text = 'a'.repeat(0x1f);
    expect(outcome(chunked(`1F\r\n${text}\r\n0\r\n\r\n`))).toBe(text);
    expect(outcome(chunked(`1f\r\n${text}\r\n0\r\n\r\n`))).toBe(text);
    expect(outcome(chunked('5\r\nhello\n\n0\r\n\r\n'))).toBe('refused');
    expect(outcome(chunked('4\r\nhello\r\n0\r\n\r\n'))).toBe('refused');
  });
});

describe('a field of a JSON reply', () => {
  const reply = (value: unknown) => Buffer.from(JSON.stringify(value));
  const refusing = (value: unknown, encoding: 'base64' | 'base64url') => () =>
    requireReplyBytes(reply({ key: value }), 'key', 'aws', encoding);

  it.each(['base64', 'base64url'] as const)('is bytes in %s', (encoding) => {
    for (const length of [1, 2, 3, 96]) {
      const value = Buffer.alloc(length, 0xfb);
      const body = reply({ key: value.toString(encoding) });
      expect(requireReplyBytes(body, 'key', 'aws', encoding)).toEqual(value);
      expect(body.every((byte) => byte === 0)).toBe(true);
    }
  });

  it.each(['', 'A', 'AAAAA', '!AAAA', 'AAAA!', 'AAAA\n', ' AAAA', 'AAAA AAAA', 'AA=', '===='])(
    'is refused in either encoding: %j',
    (value) => {
      expect(refusing(value, 'base64')).toThrow(KmsError);
      expect(refusing(value, 'base64url')).toThrow(KmsError);
    },
  );

  it('is refused in the other encoding', () => {
    expect(refusing('-_-_', 'base64')).toThrow('Expected `key` in base64 in the answer of `aws`');
    expect(refusing('+/+/', 'base64url')).toThrow(KmsError);
    expect(refusing('AA', 'base64')).toThrow(KmsError);
  });

  it.each([5, null, true, ['AAAA'], { a: 1 }, undefined])('is no string: %j', (value) => {
    expect(() => requireReplyString(reply({ key: value }), 'key', 'aws')).toThrow(
      'Expected `key` in the answer of `aws`',
    );
  });

  it.each(['[]', '[{"key":"AAAA"}]', 'null', '5', '"key"', 'true', '', '{', 'x'])(
    'does not come in a reply that is no object: %s',
    (body) => {
      expect(parseObject(Buffer.from(body))).toBeUndefined();
      expect(() => requireReplyString(Buffer.from(body), 'key', 'aws')).toThrow(KmsError);
    },
  );
});

describe('a TTLV message', () => {
  it('is one item, neither none nor two', () => {
    expect(decode(integer(1, 5)).tag).toBe(1);
    expect(() => decode(Buffer.alloc(0))).toThrow('it is not one item');
    expect(() => decode(Buffer.concat([integer(1, 5), integer(1, 5)]))).toThrow('not one item');
  });

  it('is nested 16 levels deep at most', () => {
    const deep = (levels: number) => {
      let item = integer(1, 5);
      for (let level = 0; level < levels; level++) item = structure(1, item);
      return () => decode(item);
    };
    expect(deep(16)).not.toThrow();
    expect(deep(17)).toThrow('nested too deeply');
  });

  it('has a number of four bytes and of a type for numbers only', () => {
    expect(numberOf(decode(enumeration(1, 7)))).toBe(7);
    expect(numberOf(decode(integer(1, -7)))).toBe(-7);
    expect(numberOf(decode(bytes(1, Buffer.alloc(4))))).toBeUndefined();
    expect(numberOf(decode(text(1, 'abcd')))).toBeUndefined();
    const short = integer(1, 5);
    short.writeUInt32BE(3, 4);
    expect(numberOf(decode(short))).toBeUndefined();
    expect(numberOf(undefined)).toBeUndefined();
  });

  it('may end with a structure that is empty', () => {
    expect(decode(structure(1, structure(2))).items).toHaveLength(1);
    expect(() => decode(structure(1, structure(2)).subarray(0, -1))).toThrow(KmsError);
  });
});
