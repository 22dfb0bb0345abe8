// Layer keys: gathers every data key that one command needs, from the cache or with one query of
// the key vault. Knows nothing of contexts: they carry its filter out and the documents back.
import { timingSafeEqual } from 'node:crypto';
import {
  BsonType,
  DocumentWriter,
  encodeArray,
  encodeBinary,
  encodeString,
} from '../bytes/index.ts';
import { keyLength } from '../crypto/index.ts';
import { KeyError } from '../errors.ts';
import { formatUuid, type KeyDocument, type KeyReference } from '../format/index.ts';
import type { DataKey, KeyCache } from './key-cache.ts';

/** A reply can need thousands of keys; an error need not name them all. */
const namedAtMost = 10;
const altNameKey = (name: string) => `name ${name}`;
const idKey = (id: Uint8Array) => `id ${formatUuid(id)}`;

export class KeyBroker {
  readonly #cache: KeyCache;
  readonly #wanted = new Map<string, KeyReference>();
  readonly #found = new Map<string, DataKey>();

  constructor(cache: KeyCache) {
    this.#cache = cache;
  }

  /** Asks for a key; a repeated request costs nothing. */
  request(reference: KeyReference): void {
    const name = requestKey(reference);
    if (this.#found.has(name) || this.#wanted.has(name)) return;
    const cached =
      'keyId' in reference
        ? this.#cache.getById(reference.keyId)
        : this.#cache.getByAltName(reference.keyAltName);
    if (cached) this.#found.set(name, cached);
    else this.#wanted.set(name, reference);
  }

  /**
   * The key vault filter for everything the cache did not have, or undefined.
   * Shape asserted by the specification's tests: both arrays are always present. The last request
   * comes first, as in libmongocrypt.
   */
  filter(): Uint8Array | undefined {
    if (this.#wanted.size === 0) return undefined;
    const ids: { type: number; value: Uint8Array }[] = [];
    const names: { type: number; value: Uint8Array }[] = [];
    for (const reference of [...this.#wanted.values()].reverse()) {
      if ('keyId' in reference) {
        ids.push({ type: BsonType.binData, value: encodeBinary(4, reference.keyId) });
      } else {
        names.push({ type: BsonType.string, value: encodeString(reference.keyAltName) });
      }
    }
    const clauses = [fieldIn('_id', ids), fieldIn('keyAltNames', names)];
    const or = encodeArray(clauses.map((value) => ({ type: BsonType.object, value })));
    return new DocumentWriter().append(BsonType.array, '$or', or).finish();
  }

  /**
   * Whether a document from the key vault answers a request.
   * A document that nobody asked for is not unwrapped: the server does not choose the keys.
   */
  wants(document: KeyDocument): boolean {
    return this.#names(document).some((name) => this.#wanted.has(name));
  }

  /**
   * Hands over an unwrapped key: it answers its requests and goes to the cache.
   * Throws `KeyError`: `unwrap` unless it has 96 bytes, `duplicate` when another key has already
   * answered the same id or alt name. `material` is zeroed then, and by `dispose` otherwise.
   */
  provide(document: KeyDocument, material: Buffer): void {
    if (material.byteLength !== keyLength) {
      material.fill(0);
      const id = formatUuid(document.keyId);
      throw new KeyError('unwrap', `decrypted key is incorrect length (data key ${id})`);
    }
    const { keyId, keyAltNames } = document;
    const key = { keyId: new Uint8Array(keyId), keyAltNames, material };
    let used = false;
    for (const name of this.#names(document)) {
      const earlier = this.#found.get(name);
      if (earlier && !isSameKey(earlier, key)) {
        material.fill(0);
        throw new KeyError('duplicate', 'Two data keys in the key vault answer the same request');
      }
      if (this.#wanted.delete(name)) {
        this.#found.set(name, key);
        used = true;
      }
    }
    this.#cache.put(key);
    if (!used) material.fill(0);
  }

  /**
   * Throws `KeyError` (`not-found`), naming the keys that are still missing, each with the `purpose`
   * that it was to serve. `MongoCrypt` is never told the key vault's namespace (only the driver knows
   * it), so the message names the option that sets it.
   */
  requireAll(purpose: (reference: KeyReference) => string): void {
    if (this.#wanted.size === 0) return;
    const missing = [...this.#wanted.values()].slice(0, namedAtMost).map((reference) => {
      const key =
        'keyId' in reference
          ? `id ${formatUuid(reference.keyId)}`
          : `alt name \`${reference.keyAltName}\``;
      return `no data key with ${key} for ${purpose(reference)}`;
    });
    const more = this.#wanted.size - missing.length;
    if (more > 0) missing.push(`${more} more`);
    throw new KeyError(
      'not-found',
      `not all keys requested were satisfied: ${missing.join(', ')}; ` +
        'looked in the collection that `keyVaultNamespace` names (by default `admin.datakeys`)',
    );
  }

  /** A key that was requested and provided. Throws `KeyError` (`not-found`) otherwise. */
  key(reference: KeyReference): DataKey {
    const key = this.#found.get(requestKey(reference));
    if (!key) throw new KeyError('not-found', 'not all keys requested were satisfied');
    return key;
  }

  /** Zeroes the copies this broker holds. */
  dispose(): void {
    for (const { material } of this.#found.values()) material.fill(0);
    this.#found.clear();
  }

  #names(document: KeyDocument): string[] {
    return [idKey(document.keyId), ...document.keyAltNames.map(altNameKey)];
  }
}

/** The same id with other material is another key, whatever the key vault says. */
function isSameKey(one: DataKey, other: DataKey): boolean {
  const isSameId = formatUuid(one.keyId) === formatUuid(other.keyId);
  return isSameId && timingSafeEqual(one.material, other.material);
}

function requestKey(reference: KeyReference): string {
  return 'keyId' in reference ? idKey(reference.keyId) : altNameKey(reference.keyAltName);
}

function fieldIn(field: string, items: readonly { type: number; value: Uint8Array }[]): Uint8Array {
  const condition = new DocumentWriter().append(BsonType.array, '$in', encodeArray(items));
  return new DocumentWriter().append(BsonType.object, field, condition.finish()).finish();
}
