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

/** Longer lines between chunks, and more trailers, are no answer of a KMS. */
const maxLineLength = 8 * 1024;

interface Head {
  readonly status: number;
  readonly bodyStart: number;
  /** Undefined: chunked. */
  readonly length: number | undefined;
}

/** Where a chunk's data stands. */
type Range = readonly [start: number, end: number];

/**
 * Reads in one pass however small the pieces are: what has been looked at is not looked at again. An
 * answer can hold a key, so that bytes which are no longer needed are zeroed.
 */
export class HttpResponseReader {
  /** Grows by doubling; the first `#length` bytes are used. */
  #bytes = Buffer.alloc(1024);
  #length = 0;
  #head: Head | undefined;
  /** No head ends before here. */
  #searchedTo = 0;
  readonly #chunks: Range[] = [];
  /** Where the line of the next chunk starts. */
  #nextChunk = 0;
  #response: HttpResponse | undefined;
  #error: KmsError | undefined;

  /** Takes the next bytes; those after the end of the response are ignored. */
  add(chunk: Uint8Array): void {
    if (this.bytesNeeded === 0) return;
    try {
      if (this.#length + chunk.byteLength > 2 * maxLength) throw malformed('it is too long');
      this.#append(chunk);
      this.#head ??= this.#readHead();
      if (this.#head) this.#readBody(this.#head);
      if (!this.#response && this.#length > maxLength) throw malformed('it is too long');
    } catch (error) {
      this.#error = error instanceof KmsError ? error : malformed('it cannot be read');
      this.#bytes.fill(0);
    }
  }

  /** 0 when the response is complete, or past help. */
  get bytesNeeded(): number {
    if (this.#error || this.#response) return 0;
    if (this.#head?.length === undefined) return unknownLength;
    return this.#head.bodyStart + this.#head.length - this.#length;
  }

  /** The response. Throws `KmsError` (`response`) if it is malformed or incomplete. */
  result(): HttpResponse {
    if (this.#error) throw this.#error;
    if (!this.#response) throw malformed('it ends too early');
    return this.#response;
  }

  #append(chunk: Uint8Array): void {
    const length = this.#length + chunk.byteLength;
    if (length > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(length, this.#bytes.length * 2));
      this.#bytes.copy(grown);
      this.#bytes.fill(0);
      this.#bytes = grown;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
  }

  #readHead(): Head | undefined {
    const bytes = this.#bytes.subarray(0, this.#length);
    const end = bytes.indexOf('\r\n\r\n', this.#searchedTo);
    this.#searchedTo = Math.max(0, this.#length - 3);
    if (end === -1) return undefined;
    this.#nextChunk = end + 4;
    return parseHead(bytes, end);
  }

  #readBody({ status, bodyStart, length }: Head): void {
    if (length === undefined) {
      if (!this.#readChunks()) return;
      const body = Buffer.concat(this.#chunks.map(([from, to]) => this.#bytes.subarray(from, to)));
      this.#response = { status, body };
      this.#bytes.fill(0);
    } else if (this.#length >= bodyStart + length) {
      this.#response = { status, body: this.#bytes.subarray(bodyStart, bodyStart + length) };
    }
  }

  /** RFC 9112 §7.1. Whether all chunks are there. */
  #readChunks(): boolean {
    const bytes = this.#bytes.subarray(0, this.#length);
    for (;;) {
      const lineEnd = bytes.indexOf('\r\n', this.#nextChunk);
      if (lineEnd === -1 || lineEnd - this.#nextChunk > maxLineLength) {
        return waitFor(this.#length - this.#nextChunk);
      }
      const line = bytes.toString('latin1', this.#nextChunk, lineEnd);
      const size = /^([\da-fA-F]{1,6})(?:[ \t]*;.*)?$/.exec(line);
      if (!size) throw malformed('a chunk is malformed');
      const length = Number.parseInt(size[1] ?? '', 16);
      const data = lineEnd + 2;
      if (length === 0) {
        // Trailers, if any, end with an empty line.
        return bytes.includes('\r\n\r\n', lineEnd) || waitFor(this.#length - lineEnd);
      }
      if (this.#length < data + length + 2) return false;
      if (bytes.toString('latin1', data + length, data + length + 2) !== '\r\n') {
        throw malformed('a chunk is malformed');
      }
      this.#chunks.push([data, data + length]);
      this.#nextChunk = data + length + 2;
    }
  }
}

function malformed(problem: string): KmsError {
  return new KmsError('response', `Expected an HTTP response from the KMS, but ${problem}`);
}

/** More has to come, unless too much came without the line's end. */
function waitFor(unread: number): false {
  if (unread > maxLineLength) throw malformed('a chunk is malformed');
  return false;
}

function parseHead(bytes: Buffer, end: number): Head {
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
