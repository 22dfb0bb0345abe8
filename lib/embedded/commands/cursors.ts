// Commands: open cursors. A cursor is an iterator of documents as bytes that the client pulls in batches.
// Idle ones go after ten minutes, as in MongoDB. It must not know where the documents come from.
import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { Long } from 'bson';

import { CommandError } from '../errors.ts';
import { rawArray } from '../query/raw.ts';
import { type Document, MAX_DOCUMENT_BYTES } from '../query/values.ts';

/** Documents in a first batch whose size the client leaves open. */
export const DEFAULT_FIRST_BATCH = 101;
const IDLE_MILLISECONDS = 10 * 60_000;
/** A long scan lets other connections work after this many milliseconds. */
const TURN_MILLISECONDS = 20;

/** A `null` stands for a candidate that did not match: it only gives other connections their turn. */
export type DocumentStream = Iterator<Uint8Array | null>;

interface OpenCursor {
  namespace: string;
  stream: DocumentStream;
  waiting: Uint8Array | undefined;
  lastUsed: number;
  session: string | undefined;
  busy: boolean;
}

export interface CursorOptions {
  namespace: string;
  batchSize: number;
  singleBatch: boolean;
  session: string | undefined;
  checkTime: () => void;
}

/** All open cursors of one server. */
export class CursorStore {
  readonly #cursors = new Map<string, OpenCursor>();
  readonly #sweeper: NodeJS.Timeout;

  constructor() {
    this.#sweeper = setInterval(() => this.#closeIdle(), 60_000);
    this.#sweeper.unref();
  }

  /** Answers the first batch, and keeps the cursor if there is more. */
  async open(stream: DocumentStream, options: CursorOptions): Promise<Document> {
    const cursor: OpenCursor = {
      namespace: options.namespace,
      stream,
      waiting: undefined,
      lastUsed: Date.now(),
      session: options.session,
      busy: false,
    };
    const batch = await pull(cursor, options.batchSize, options.checkTime);
    const finished = batch.finished || options.singleBatch;
    if (finished) stream.return?.();
    const id = finished ? 0n : this.#keep(cursor);
    return {
      cursor: {
        firstBatch: rawArray(batch.documents),
        id: Long.fromBigInt(id),
        ns: options.namespace,
      },
    };
  }

  /** The next batch. Throws CursorNotFound, or Unauthorized for the cursor of another collection. */
  async next(
    id: bigint,
    namespace: string,
    batchSize: number,
    checkTime: () => void,
  ): Promise<Document> {
    const key = String(id);
    const cursor = this.#cursors.get(key);
    if (!cursor) throw new CommandError('CursorNotFound', `cursor id ${key} not found`);
    if (cursor.namespace !== namespace) {
      throw new CommandError('Unauthorized', 'The cursor belongs to another namespace');
    }
    if (cursor.busy) throw new CommandError('CursorInUse', `cursor id ${key} is already in use`);
    cursor.busy = true;
    try {
      const batch = await pull(cursor, batchSize, checkTime);
      if (batch.finished) this.#close(key, cursor);
      return {
        cursor: {
          nextBatch: rawArray(batch.documents),
          id: Long.fromBigInt(batch.finished ? 0n : id),
          ns: namespace,
        },
      };
    } catch (error) {
      this.#close(key, cursor);
      throw error;
    } finally {
      cursor.busy = false;
      cursor.lastUsed = Date.now();
    }
  }

  /** Closes a cursor of this namespace; false if there is none. */
  kill(id: bigint, namespace: string): boolean {
    const key = String(id);
    const cursor = this.#cursors.get(key);
    if (cursor?.namespace !== namespace) return false;
    this.#close(key, cursor);
    return true;
  }

  /** Closes the cursors of a session that ended. */
  killSession(session: string): void {
    for (const [key, cursor] of this.#cursors) {
      if (cursor.session === session) this.#close(key, cursor);
    }
  }

  count(): number {
    return this.#cursors.size;
  }

  closeAll(): void {
    clearInterval(this.#sweeper);
    for (const [key, cursor] of this.#cursors) this.#close(key, cursor);
  }

  #keep(cursor: OpenCursor): bigint {
    const id = randomBytes(8).readBigInt64LE() & 0x7fffffffffffffffn;
    if (id === 0n || this.#cursors.has(String(id))) return this.#keep(cursor);
    this.#cursors.set(String(id), cursor);
    return id;
  }

  #close(key: string, cursor: OpenCursor): void {
    this.#cursors.delete(key);
    cursor.stream.return?.();
  }

  #closeIdle(): void {
    const oldest = Date.now() - IDLE_MILLISECONDS;
    for (const [key, cursor] of this.#cursors) {
      if (!cursor.busy && cursor.lastUsed < oldest) this.#close(key, cursor);
    }
  }
}

interface Batch {
  documents: Uint8Array[];
  finished: boolean;
}

/** At least one document, however large, so that every batch makes progress; a batch of 0 is empty. */
async function pull(cursor: OpenCursor, size: number, checkTime: () => void): Promise<Batch> {
  const documents: Uint8Array[] = [];
  let bytes = 0;
  let turn = Date.now();
  while (documents.length < size) {
    if (Date.now() - turn > TURN_MILLISECONDS) {
      await nextTurn();
      checkTime();
      turn = Date.now();
    }
    const document = cursor.waiting ?? nextOf(cursor.stream);
    cursor.waiting = undefined;
    if (document === undefined) return { documents, finished: true };
    if (document === null) continue;
    if (documents.length > 0 && bytes + document.length > MAX_DOCUMENT_BYTES) {
      cursor.waiting = document;
      return { documents, finished: false };
    }
    documents.push(document);
    bytes += document.length;
  }
  return { documents, finished: false };
}

function nextOf(stream: DocumentStream): Uint8Array | null | undefined {
  const result = stream.next();
  return result.done ? undefined : result.value;
}
