// Layer keys: unwrapped data keys of one MongoCrypt instance, until they expire.
// Hands out copies only, so that it can zero its own bytes on eviction.
//
// What zeroing cannot promise in JavaScript: a moving collector does not touch a Buffer's bytes, but they
// can be swapped to disk or land in a core dump; OpenSSL keeps copies inside its own contexts until
// it frees them; a base64 key in an option or a KMS's JSON is a string, which cannot be overwritten;
// and a client that is dropped with `keyExpirationMS: 0` is freed without being zeroed.
import { formatUuid } from '../format/index.ts';

/** Milliseconds of a monotonic clock; injected by tests. */
export type Clock = () => number;

export interface DataKey {
  readonly keyId: Uint8Array;
  readonly keyAltNames: readonly string[];
  /** 96 bytes. Who receives it zeroes it. */
  readonly material: Buffer;
}

interface Entry extends DataKey {
  readonly storedAt: number;
}

export const defaultKeyExpirationMS = 60_000;

/** The longest wait of a timer; a longer one would fire at once. */
const longestTimerMS = 0x7fff_ffff;

export class KeyCache {
  // Insertion order is expiry order, because every entry lives equally long.
  readonly #entries = new Map<string, Entry>();
  readonly #idsByAltName = new Map<string, string>();
  readonly #expirationMS: number;
  readonly #now: Clock;
  #timer: NodeJS.Timeout | undefined;

  /**
   * `expirationMS` 0 keeps keys for the life of the instance. Otherwise a key is zeroed when it
   * expires, used or not: one timer per cache, only while there are keys, which keeps no process alive.
   */
  constructor(expirationMS: number, now: Clock) {
    this.#expirationMS = expirationMS;
    this.#now = now;
  }

  /** A copy of the key with this id, or undefined. */
  getById(keyId: Uint8Array): DataKey | undefined {
    return this.#get(formatUuid(keyId));
  }

  /** A copy of the key with this alt name, or undefined. */
  getByAltName(keyAltName: string): DataKey | undefined {
    const id = this.#idsByAltName.get(keyAltName);
    return id === undefined ? undefined : this.#get(id);
  }

  /** Stores a copy; an older entry of the same key is zeroed and replaced. */
  put(key: DataKey): void {
    this.#evictExpired();
    const id = formatUuid(key.keyId);
    this.#evict(id);
    // The caller's id is a view of the key vault's reply: copied, so that the reply can be freed.
    this.#entries.set(id, {
      keyId: new Uint8Array(key.keyId),
      keyAltNames: [...key.keyAltNames],
      material: copyOf(key.material),
      storedAt: this.#now(),
    });
    for (const name of key.keyAltNames) this.#idsByAltName.set(name, id);
    this.#sweepLater();
  }

  /** Zeroes and forgets every key. */
  clear(): void {
    for (const id of [...this.#entries.keys()]) this.#evict(id);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #sweepLater(): void {
    const [oldest] = this.#entries.values();
    if (!oldest || this.#timer || this.#expirationMS === 0) return;
    const wait = Math.ceil(oldest.storedAt + this.#expirationMS - this.#now());
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#evictExpired();
        this.#sweepLater();
      },
      Math.max(1, Math.min(wait, longestTimerMS)),
    );
    this.#timer.unref();
  }

  #get(id: string): DataKey | undefined {
    this.#evictExpired();
    const entry = this.#entries.get(id);
    return entry && { ...entry, material: copyOf(entry.material) };
  }

  #evictExpired(): void {
    if (this.#expirationMS === 0) return;
    const oldest = this.#now() - this.#expirationMS;
    for (const [id, entry] of this.#entries) {
      if (entry.storedAt > oldest) return;
      this.#evict(id);
    }
  }

  #evict(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    entry.material.fill(0);
    this.#entries.delete(id);
    for (const name of entry.keyAltNames) {
      if (this.#idsByAltName.get(name) === id) this.#idsByAltName.delete(name);
    }
  }
}

/** Outside the shared pool of small Buffers, so that no unrelated view aliases key material. */
function copyOf(material: Buffer): Buffer {
  const copy = Buffer.alloc(material.byteLength);
  material.copy(copy);
  return copy;
}
