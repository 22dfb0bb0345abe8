// Layer keys: unwrapped data keys of one MongoCrypt instance, until they expire.
// Hands out copies only, so that it can zero its own bytes on eviction.
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

export class KeyCache {
  // Insertion order is expiry order, because every entry lives equally long.
  readonly #entries = new Map<string, Entry>();
  readonly #idsByAltName = new Map<string, string>();
  readonly #expirationMS: number;
  readonly #now: Clock;

  /** `expirationMS` 0 keeps keys for the life of the instance. */
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
  }

  /** Zeroes and forgets every key. */
  clear(): void {
    for (const id of [...this.#entries.keys()]) this.#evict(id);
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
