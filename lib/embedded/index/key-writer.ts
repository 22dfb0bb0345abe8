// Index layer: a growing byte buffer for index keys. It knows nothing of BSON.

/** Appends bytes; `take` copies them out. One writer may be used again after `reset`. */
export class KeyWriter {
  private buffer = new Uint8Array(256);
  private view = new DataView(this.buffer.buffer);
  length = 0;

  reset(): void {
    this.length = 0;
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.length++] = value;
  }

  bytes(source: Uint8Array, start = 0, end = source.length): void {
    this.reserve(end - start);
    for (let i = start; i < end; i++) this.buffer[this.length++] = source[i] ?? 0;
  }

  /** Unsigned, big-endian. */
  uint16(value: number): void {
    this.reserve(2);
    this.view.setUint16(this.length, value);
    this.length += 2;
  }

  /** Unsigned, big-endian. */
  uint32(value: number): void {
    this.reserve(4);
    this.view.setUint32(this.length, value);
    this.length += 4;
  }

  /** Big-endian. */
  double(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.length, value);
    this.length += 8;
  }

  /** Turns the bytes from `start` on into their complement, which reverses their order. */
  invert(start: number): void {
    for (let i = start; i < this.length; i++) this.buffer[i] = 0xff ^ (this.buffer[i] ?? 0);
  }

  /** Flips the sign bit of the byte at `at`. */
  flipSign(at: number): void {
    this.buffer[at] = 0x80 ^ (this.buffer[at] ?? 0);
  }

  at(index: number): number {
    return this.buffer[index] ?? 0;
  }

  take(start = 0): Uint8Array {
    return this.buffer.slice(start, this.length);
  }

  private reserve(count: number): void {
    if (this.length + count <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length + count));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
    this.view = new DataView(grown.buffer);
  }
}
