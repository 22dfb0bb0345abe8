// Layer kms: reads one HTTP/1.1 response from chunks of any size (RFC 9112). Never throws while it
// reads; what is wrong comes out of `result`.
import { KmsError } from '../errors.ts';

export interface HttpResponse {
  readonly status: number;
  readonly body: Buffer;
}

/** Answers of KMSs are a few KiB; a server that sends more is not one. */
const maxLength = 1024 * 1024;
/** What to ask for while the length is not known. */
const unknownLength = 1024;

interface Head {
  readonly status: number;
  readonly bodyStart: number;
  /** Undefined: chunked. */
  readonly length: number | undefined;
}

export class HttpResponseReader {
  #bytes = Buffer.alloc(0);
  #head: Head | undefined;
  #response: HttpResponse | undefined;
  #error: KmsError | undefined;

  /** Takes the next bytes; those after the end of the response are ignored. */
  add(chunk: Uint8Array): void {
    if (this.bytesNeeded === 0) return;
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    try {
      this.#head ??= readHead(this.#bytes);
      if (this.#head) this.#response = readBody(this.#bytes, this.#head);
      if (!this.#response && this.#bytes.length > maxLength) throw malformed('it is too long');
    } catch (error) {
      this.#error = error instanceof KmsError ? error : malformed('it cannot be read');
    }
  }

  /** 0 when the response is complete, or past help. */
  get bytesNeeded(): number {
    if (this.#error || this.#response) return 0;
    if (this.#head?.length === undefined) return unknownLength;
    return this.#head.bodyStart + this.#head.length - this.#bytes.length;
  }

  /** The response. Throws `KmsError` (`response`) if it is malformed or incomplete. */
  result(): HttpResponse {
    if (this.#error) throw this.#error;
    if (!this.#response) throw malformed('it ends too early');
    return this.#response;
  }
}

function malformed(problem: string): KmsError {
  return new KmsError('response', `Expected an HTTP response from the KMS, but ${problem}`);
}

function readHead(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine)?.[1];
  if (status === undefined) throw malformed('it has no status line');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^([!#$%&'*+\-.^_`|~\w]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw malformed('a header is malformed');
    const key = name.toLowerCase();
    // RFC 9112 §6.3: two lengths are an attack or a defect, never a message.
    if (key === 'content-length' && headers.has(key)) throw malformed('it states two lengths');
    headers.set(key, value);
  }
  return { status: Number(status), bodyStart: end + 4, length: bodyLength(headers) };
}

function bodyLength(headers: ReadonlyMap<string, string>): number | undefined {
  const encoding = headers.get('transfer-encoding');
  if (encoding !== undefined) {
    if (encoding.toLowerCase() !== 'chunked') throw malformed('its encoding is not supported');
    return undefined;
  }
  const length = headers.get('content-length');
  // Without a length it would end with the connection, which the driver takes for a failure.
  if (length === undefined) throw malformed('it states no length');
  if (!/^\d{1,7}$/.test(length) || Number(length) > maxLength) throw malformed('its length is bad');
  return Number(length);
}

function readBody(bytes: Buffer, head: Head): HttpResponse | undefined {
  if (head.length === undefined) {
    const body = readChunks(bytes, head.bodyStart);
    return body && { status: head.status, body };
  }
  const end = head.bodyStart + head.length;
  if (bytes.length < end) return undefined;
  return { status: head.status, body: bytes.subarray(head.bodyStart, end) };
}

/** RFC 9112 §7.1. The body, or undefined while chunks are missing. */
function readChunks(bytes: Buffer, start: number): Buffer | undefined {
  const chunks: Buffer[] = [];
  let position = start;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', position);
    if (lineEnd === -1) return undefined;
    const size = /^([\da-fA-F]{1,6})(?:[ \t]*;.*)?$/.exec(
      bytes.toString('latin1', position, lineEnd),
    );
    if (!size) throw malformed('a chunk is malformed');
    const length = Number.parseInt(size[1] ?? '', 16);
    const data = lineEnd + 2;
    if (length === 0) {
      // Trailers, if any, end with an empty line.
      const trailers = bytes.indexOf('\r\n\r\n', lineEnd);
      return trailers === -1 ? undefined : Buffer.concat(chunks);
    }
    if (bytes.length < data + length + 2) return undefined;
    if (bytes.toString('latin1', data + length, data + length + 2) !== '\r\n') {
      throw malformed('a chunk is malformed');
    }
    chunks.push(bytes.subarray(data, data + length));
    position = data + length + 2;
  }
}
