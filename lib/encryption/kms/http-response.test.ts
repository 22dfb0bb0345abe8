import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KmsError } from '../errors.ts';
import { HttpResponseReader } from './http-response.ts';

function read(text: string, cuts: readonly number[] = []): HttpResponseReader {
  const reader = new HttpResponseReader();
  const bytes = Buffer.from(text, 'latin1');
  const edges = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  edges.forEach((edge, index) => {
    reader.add(bytes.subarray(edge, edges[index + 1] ?? edge));
  });
  return reader;
}

const sized = 'HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 5\r\n\r\nhello';
const chunked =
  'HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7;x=1\r\n, world\r\n0\r\n\r\n';

describe('HttpResponseReader', () => {
  it.each([
    ['a stated length', sized, 200, 'hello'],
    ['chunks', chunked, 503, 'hello, world'],
    ['no body', 'HTTP/1.1 204 No\r\ncontent-length:0\r\n\r\n', 204, ''],
  ])('reads a response with %s, wherever it is cut', (_, text, status, body) => {
    const cuts = fc.array(fc.nat(text.length), { maxLength: 8 });
    fc.assert(
      fc.property(cuts, (at) => {
        const reader = read(text, at);
        expect(reader.bytesNeeded).toBe(0);
        expect(reader.result()).toEqual({ status, body: Buffer.from(body) });
      }),
    );
  });

  it('asks for more as long as any byte is missing, and never more than the body after the head', () => {
    for (const text of [sized, chunked]) {
      for (let length = 0; length < text.length; length++) {
        const reader = read(text.slice(0, length));
        expect(reader.bytesNeeded).toBeGreaterThan(0);
        expect(() => reader.result()).toThrow(KmsError);
      }
    }
    expect(read(sized.slice(0, -3)).bytesNeeded).toBe(3);
  });

  it.each([
    ['no status line', 'hello\r\n\r\n'],
    ['another version', 'HTTP/2 200\r\nContent-Length: 0\r\n\r\n'],
    ['no length', 'HTTP/1.1 200 OK\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
    ['a huge length', 'HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n'],
    ['a header without name', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n'],
    ['an unknown encoding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n'],
    ['a bad chunk size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
    [
      'a chunk that is too long',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n',
    ],
  ])('refuses %s, when asked for the result and not before', (_, text) => {
    const reader = read(text);
    expect(reader.bytesNeeded).toBe(0);
    expect(() => reader.result()).toThrow(KmsError);
  });

  it('stops reading an endless head', () => {
    const reader = new HttpResponseReader();
    for (let i = 0; i < 20 && reader.bytesNeeded > 0; i++)
      reader.add(Buffer.alloc(64 * 1024, 0x61));
    expect(reader.bytesNeeded).toBe(0);
    expect(() => reader.result()).toThrow('too long');
  });

  it('never throws while reading, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), (parts) => {
        const reader = new HttpResponseReader();
        for (const part of [Buffer.from('HTTP/1.1 200 OK\r\n'), ...parts]) reader.add(part);
        expect(reader.bytesNeeded).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
