// Peers: PyMongo with libmongocrypt, a driver and an encryption library that are not ours. A process of
// Python answers one request per line; its half of the protocol is python/pymongo_peer.py.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Binary, BSON, type Document, type UUID } from 'bson';
import { ensureVenv } from './python.ts';

const packages = ['pymongo==4.20.0', 'pymongocrypt==1.21.2'];

/** What Python raised. */
export class PymongoError extends Error {
  override readonly name = 'PymongoError';
  /** The name of Python's class, as `EncryptionError`. */
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

export interface PymongoOptions {
  readonly uri: string;
  readonly keyVaultNamespace: string;
  readonly kmsProviders: Document;
  /** PyMongo's `kms_tls_options`, by provider. */
  readonly tlsOptions?: Document;
  /** Ports of loopback in place of the clouds' hosts; hosts that are not named cannot be reached. */
  readonly routes?: Readonly<Record<string, number>>;
  /** 0 keeps keys for ever; libmongocrypt's own default where left out. */
  readonly keyExpirationMS?: number;
}

export interface DataKeyOptions {
  readonly masterKey?: Document;
  readonly keyAltNames?: readonly string[];
  readonly keyMaterial?: Uint8Array;
}

export interface EncryptOptions {
  readonly algorithm: string;
  readonly keyId?: UUID;
  readonly keyAltName?: string;
}

/**
 * A plain client, one that decrypts by itself, and explicit encryption, on one key vault. Documents come
 * and go as BSON bytes. Every method throws `PymongoError` with what Python raised.
 */
export interface PymongoParty {
  readonly createDataKey: (provider: string, options?: DataKeyOptions) => Promise<UUID>;
  /** The number of keys that were rewrapped. */
  readonly rewrap: (filter: Document, provider?: string, masterKey?: Document) => Promise<number>;
  readonly encrypt: (value: unknown, options: EncryptOptions) => Promise<Binary>;
  readonly decrypt: (value: Binary) => Promise<unknown>;
  /** `{ v: value }` in, `{ v: ciphertext }` out. */
  readonly encryptMessage: (
    message: Uint8Array,
    algorithm: string,
    keyId: UUID,
  ) => Promise<Uint8Array>;
  readonly decryptMessage: (message: Uint8Array) => Promise<Uint8Array>;
  readonly getKey: (keyId: UUID) => Promise<Uint8Array | null>;
  readonly getKeyByAltName: (keyAltName: string) => Promise<Uint8Array | null>;
  readonly addKeyAltName: (keyId: UUID, keyAltName: string) => Promise<Uint8Array | null>;
  readonly removeKeyAltName: (keyId: UUID, keyAltName: string) => Promise<Uint8Array | null>;
  readonly deleteKey: (keyId: UUID) => Promise<number>;
  /** What is found, decrypted by PyMongo itself; `plain` as it lies there. */
  readonly find: (namespace: string, filter: Document, plain?: 'plain') => Promise<Uint8Array[]>;
  readonly insert: (namespace: string, document: Uint8Array) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface Pymongo {
  readonly open: (options: PymongoOptions) => Promise<PymongoParty>;
  readonly stop: () => Promise<void>;
}

/** Installs PyMongo if it is not there. False where that cannot be: no Python, or no package index. */
export async function ensurePymongo(): Promise<boolean> {
  return (await ensureVenv('pymongo', packages)) !== undefined;
}

/** Starts a process. `ensurePymongo` must have said that it can be had. */
export async function startPymongo(): Promise<Pymongo> {
  const environment = await ensureVenv('pymongo', packages);
  if (environment === undefined) throw new Error('PyMongo cannot be had here');
  const { ask, stop } = startPython(
    join(environment, 'bin/python'),
    join(import.meta.dirname, 'python/pymongo_peer.py'),
  );
  let opened = 0;
  return {
    open: async ({ tlsOptions = {}, routes = {}, keyExpirationMS = null, ...required }) => {
      const party = String(opened++);
      const options = { ...required, tlsOptions, routes, keyExpirationMS };
      await ask({ call: 'open', party, arguments: options });
      return createParty((call, given) => ask({ call, party, arguments: given }));
    },
    stop,
  };
}

function createParty(ask: (call: string, given: Document) => Promise<unknown>): PymongoParty {
  const bytes = (value: unknown): Uint8Array => (value as Binary).value();
  const bytesOrNull = (value: unknown): Uint8Array | null => (value === null ? null : bytes(value));
  return {
    createDataKey: async (provider, options = {}) =>
      (await ask('create_data_key', { provider, ...options })) as UUID,
    rewrap: async (filter, provider, masterKey) =>
      (await ask('rewrap', { filter, provider, masterKey })) as number,
    encrypt: async (value, options) => (await ask('encrypt', { value, ...options })) as Binary,
    decrypt: (value) => ask('decrypt', { value }),
    encryptMessage: async (message, algorithm, keyId) =>
      bytes(await ask('encrypt_message', { message, algorithm, keyId })),
    decryptMessage: async (message) => bytes(await ask('decrypt_message', { message })),
    getKey: async (keyId) => bytesOrNull(await ask('get_key', { keyId })),
    getKeyByAltName: async (keyAltName) =>
      bytesOrNull(await ask('get_key_by_alt_name', { keyAltName })),
    addKeyAltName: async (keyId, keyAltName) =>
      bytesOrNull(await ask('add_key_alt_name', { keyId, keyAltName })),
    removeKeyAltName: async (keyId, keyAltName) =>
      bytesOrNull(await ask('remove_key_alt_name', { keyId, keyAltName })),
    deleteKey: async (keyId) => (await ask('delete_key', { keyId })) as number,
    find: async (namespace, filter, plain) => {
      const automatic = plain === undefined;
      return ((await ask('find', { namespace, filter, automatic })) as Binary[]).map(bytes);
    },
    insert: async (namespace, document) => {
      await ask('insert', { namespace, document, automatic: true });
    },
    close: async () => {
      await ask('close', {});
    },
  };
}

interface Waiting {
  readonly resolve: (reply: Document) => void;
  readonly reject: (error: Error) => void;
}

/** One reply per request, in order. Values keep their BSON types. */
function startPython(program: string, script: string) {
  const child = spawn(program, [script], { stdio: ['pipe', 'pipe', 'pipe'] });
  const waiting: Waiting[] = [];
  let said = '';
  let runs = true;
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said = (said + chunk).slice(-2000);
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const reply = BSON.deserialize(Buffer.from(line, 'base64'), { promoteValues: true });
    waiting.shift()?.resolve(reply);
  });
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => (said += error.message));
    child.once('close', () => {
      runs = false;
      for (const { reject } of waiting.splice(0)) reject(new Error(`PyMongo ended: ${said}`));
      resolve();
    });
  });
  // A process that is gone already is reported by `close`.
  child.stdin.on('error', () => undefined);
  return {
    ask: async (request: Document): Promise<unknown> => {
      const reply = await new Promise<Document>((resolve, reject) => {
        if (!runs) throw new Error(`PyMongo has ended: ${said}`);
        waiting.push({ resolve, reject });
        const message = BSON.serialize(request, { ignoreUndefined: true });
        child.stdin.write(`${Buffer.from(message).toString('base64')}\n`);
      });
      const error = reply['error'] as { type: string; message: string } | undefined;
      if (error !== undefined) throw new PymongoError(error.type, error.message);
      return reply['result'];
    },
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
