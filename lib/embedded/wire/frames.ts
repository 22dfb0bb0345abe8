// Wire layer: cuts a TCP byte stream into messages, however the chunks fall.
// It knows only the length field of the header.
import { WireError } from '../errors.ts';

/** Largest message in bytes, header included; announced as `maxMessageSizeBytes`. */
export const MAX_MESSAGE_BYTES = 48_000_000;
export const HEADER_BYTES = 16;

/** Collects chunks of one connection. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #buffered = 0;
  #needed = 4;

  /** Takes a chunk and gives every message that is now complete. Throws WireError on an impossible length. */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    const messages: Buffer[] = [];
    while (this.#buffered >= this.#needed) {
      const bytes =
        this.#chunks.length === 1 ? (this.#chunks[0] ?? chunk) : Buffer.concat(this.#chunks);
      const length = checkLength(bytes.readInt32LE(0));
      this.#chunks = [bytes];
      this.#needed = length;
      if (bytes.length < length) break;
      messages.push(bytes.subarray(0, length));
      this.#chunks = bytes.length > length ? [bytes.subarray(length)] : [];
      this.#buffered = bytes.length - length;
      this.#needed = 4;
    }
    return messages;
  }
}

function checkLength(length: number): number {
  if (length < HEADER_BYTES) {
    throw new WireError(
      'BAD_LENGTH',
      `Expected a message of at least 16 bytes, got length ${length}`,
    );
  }
  if (length > MAX_MESSAGE_BYTES) {
    throw new WireError(
      'TOO_LARGE',
      `Expected a message of at most ${MAX_MESSAGE_BYTES} bytes, got length ${length}`,
    );
  }
  return length;
}
