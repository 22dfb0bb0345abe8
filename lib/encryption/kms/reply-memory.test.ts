// A reply of a KMS can be a data key or a master key: its bytes are zero once they have been read.
import { describe, expect, it } from 'vitest';
import { requireReplyBytes } from './http-exchange.ts';
import { HttpResponseReader } from './http-response.ts';
import { requireBytes } from './kmip-messages.ts';
import { bytes, decode, structure } from './ttlv.ts';

const json = '{"Plaintext":"AQID"}';
const isZero = (data: Uint8Array): boolean => data.every((byte) => byte === 0);

describe('the bytes of a reply', () => {
  it('are zero when the key in its JSON has been read, and when it was none', () => {
    const body = Buffer.from(json);
    expect(requireReplyBytes(body, 'Plaintext', 'aws', 'base64')).toEqual(Buffer.of(1, 2, 3));
    expect(isZero(body)).toBe(true);
    const broken = Buffer.from('{"Plaintext":"AQI"}');
    expect(() => requireReplyBytes(broken, 'Plaintext', 'aws', 'base64')).toThrow('Plaintext');
    expect(isZero(broken)).toBe(true);
  });

  it('are zero in a KMIP payload when they have been taken', () => {
    const message = structure(1, bytes(2, Buffer.from('key')));
    expect(requireBytes(decode(message), 'kmip', 2)).toEqual(Buffer.from('key'));
    expect(message.includes('key')).toBe(false);
  });
});

describe('HttpResponseReader', () => {
  it('reads a megabyte that comes byte by byte, in chunks of one byte', () => {
    const count = 100_000;
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
    const text = Buffer.from(`${head}${'1\r\na\r\n'.repeat(count)}0\r\n\r\n`);
    const reader = new HttpResponseReader();
    for (let at = 0; at < text.length; at++) reader.add(text.subarray(at, at + 1));
    expect(reader.result().body).toEqual(Buffer.alloc(count, 'a'));
  });

  it.each([
    ['a line between chunks', `1;${'x'.repeat(9000)}\r\na\r\n0\r\n\r\n`],
    ['a line that never ends', 'x'.repeat(9000)],
    ['trailers', `0\r\n${'X: y\r\n'.repeat(2000)}`],
  ])('refuses %s that is too long', (_, body) => {
    const reader = new HttpResponseReader();
    reader.add(Buffer.from(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body}`));
    expect(() => reader.result()).toThrow('a chunk is malformed');
  });

  it('is past help after two megabytes at once', () => {
    const reader = new HttpResponseReader();
    reader.add(Buffer.alloc(2 * 1024 * 1024 + 1, 'a'));
    expect(reader.bytesNeeded).toBe(0);
    expect(() => reader.result()).toThrow('too long');
  });
});
