// Encryption at rest: the keystore, a file beside the data that holds the database key wrapped by the master key.
// It knows no KMIP and no LMDB. Which failure is which is told apart, because each has another remedy.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

import { KEYSTORE_FILE } from '../storage/database-file.ts';
import { replaceFile } from '../storage/sync.ts';
import { AtRestError } from './errors.ts';

const FORMAT = 1;

const base64 = (bytes: number) =>
  z.string().refine((text) => {
    const decoded = Buffer.from(text, 'base64');
    return decoded.length === bytes && decoded.toString('base64') === text;
  });
const time = z.iso.datetime();

const described = z.strictObject({
  format: z.literal(FORMAT),
  id: z.string().regex(/^[0-9a-f]{32}$/),
  provider: z.enum(['local', 'kmip']),
  /** Of the master key on the KMIP server. */
  keyIdentifier: z.string().min(1).optional(),
  /** Master keys that wrapped it before, oldest first. */
  formerKeyIdentifiers: z.array(z.string().min(1)),
  created: time,
  rotated: time.nullable(),
  /** The database file was made; from then on its absence is a loss. */
  inUse: z.boolean(),
  cipher: z.literal('AES-256-GCM'),
});

const sealed = described.extend({
  masterKeyCheck: base64(16),
  nonce: base64(12),
  wrappedKey: base64(32),
  tag: base64(16),
  checksum: base64(32),
});

/** What a keystore says in clear; all of it is authenticated once the master key is there. */
export type KeystoreDescription = z.infer<typeof described>;

/** A keystore as it lies on disk: well-formed and complete, but not yet authenticated. */
export type Keystore = z.infer<typeof sealed>;

/** A keystore that was opened. */
export interface OpenKeystore {
  readonly description: KeystoreDescription;
  /** 32 ASCII characters for LMDB. */
  readonly databaseKey: string;
}

export type MasterKeyName = Pick<KeystoreDescription, 'provider' | 'keyIdentifier'>;

/**
 * A new keystore, not yet on disk. The database key is 24 random bytes in base64url: LMDB takes 32 ASCII characters,
 * so it has 192 bits, not 256.
 */
export function newKeystore(name: MasterKeyName): OpenKeystore {
  return {
    description: {
      format: FORMAT,
      id: randomBytes(16).toString('hex'),
      ...name,
      formerKeyIdentifiers: [],
      created: new Date().toISOString(),
      rotated: null,
      inUse: false,
      cipher: 'AES-256-GCM',
    },
    databaseKey: randomBytes(24).toString('base64url'),
  };
}

/** The same database key under another master key. */
export function renamed(keystore: OpenKeystore, name: MasterKeyName): OpenKeystore {
  const { keyIdentifier, ...description } = keystore.description;
  return {
    databaseKey: keystore.databaseKey,
    description: {
      ...description,
      ...name,
      formerKeyIdentifiers: [
        ...description.formerKeyIdentifiers,
        ...(keyIdentifier === undefined ? [] : [keyIdentifier]),
      ],
      rotated: new Date().toISOString(),
    },
  };
}

/** Wraps and writes; after a crash at any point the old keystore or the new one is there as a whole. */
export function writeKeystore(
  directory: string,
  { description, databaseKey }: OpenKeystore,
  masterKey: Buffer,
): void {
  const keys = derive(masterKey);
  const nonce = randomBytes(12);
  try {
    const cipher = createCipheriv('aes-256-gcm', keys.wrap, nonce);
    cipher.setAAD(associated(description));
    const wrapped = Buffer.concat([cipher.update(databaseKey, 'ascii'), cipher.final()]);
    const content = {
      ...description,
      masterKeyCheck: keys.check.toString('base64'),
      nonce: nonce.toString('base64'),
      wrappedKey: wrapped.toString('base64'),
      tag: cipher.getAuthTag().toString('base64'),
    };
    const file = { ...content, checksum: checksumOf(content) };
    replaceFile(join(directory, KEYSTORE_FILE), `${JSON.stringify(file, null, 2)}\n`);
  } finally {
    keys.wrap.fill(0);
  }
}

/** Reads a keystore. Throws AtRestError KEYSTORE if it is missing, damaged, or of another version. */
export function readKeystore(directory: string): Keystore {
  const path = join(directory, KEYSTORE_FILE);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const got = missing ? 'got none' : 'got one that cannot be read';
    throw bad(`Expected a keystore at ${path}, ${got}`, cause);
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    // The parser's words repeat the text.
    const position = cause instanceof SyntaxError ? 'got text that is no JSON' : 'got none';
    throw bad(`Expected the keystore ${path} to be whole, ${position}`);
  }
  const format = z.object({ format: z.number() }).safeParse(content).data?.format;
  if (format !== undefined && format !== FORMAT) {
    throw bad(`Expected a keystore of format ${FORMAT}, got format ${format}`);
  }
  const parsed = sealed.safeParse(content);
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join('.') ?? '';
    const where = field === '' ? '' : ` (\`${field}\`)`;
    throw bad(`Expected the keystore ${path} to be whole, got one that was damaged${where}`);
  }
  const { checksum, ...rest } = parsed.data;
  if (checksumOf(rest) !== checksum) {
    throw bad(`Expected the keystore ${path} to be whole, got one that was damaged or altered`);
  }
  return parsed.data;
}

/**
 * Unwraps the database key. Throws AtRestError WRONG_MASTER_KEY if another master key wrapped it, KEYSTORE if it is the
 * right one and the keystore was altered.
 */
export function openKeystore(keystore: Keystore, masterKey: Buffer): OpenKeystore {
  const { masterKeyCheck, nonce, wrappedKey, tag } = keystore;
  // Strips what is not a part of it.
  const description = z.object(described.shape).parse(keystore);
  const keys = derive(masterKey);
  try {
    if (!timingSafeEqual(keys.check, Buffer.from(masterKeyCheck, 'base64'))) {
      throw new AtRestError(
        'WRONG_MASTER_KEY',
        'Expected the master key that the keystore is wrapped with, got another key',
      );
    }
    const decipher = createDecipheriv('aes-256-gcm', keys.wrap, Buffer.from(nonce, 'base64'));
    decipher.setAAD(associated(description));
    decipher.setAuthTag(Buffer.from(tag, 'base64'));
    const wrapped = Buffer.from(wrappedKey, 'base64');
    const databaseKey = Buffer.concat([decipher.update(wrapped), decipher.final()]);
    return { description, databaseKey: databaseKey.toString('ascii') };
  } catch (cause) {
    if (cause instanceof AtRestError) throw cause;
    throw bad(
      'Expected the keystore as it was written, got one that was altered: the master key is right, but the seal is broken',
      cause,
    );
  } finally {
    keys.wrap.fill(0);
  }
}

/** One key wraps, another one only shows which master key it was. */
function derive(masterKey: Buffer): { wrap: Buffer; check: Buffer } {
  const key = (purpose: string, length: number) =>
    Buffer.from(hkdfSync('sha256', masterKey, '', `medcomd at rest: ${purpose}`, length));
  return { wrap: key('wrap', 32), check: key('check', 16) };
}

function associated(description: KeystoreDescription): Buffer {
  return Buffer.from(canonical(description));
}

function checksumOf(content: Omit<Keystore, 'checksum'>): string {
  return createHash('sha256').update(canonical(content)).digest('base64');
}

/** The same text for the same content, whatever order its fields have. */
function canonical(content: object): string {
  const present = Object.entries(content).filter(([, value]) => value !== undefined);
  return JSON.stringify(present.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function bad(message: string, cause?: unknown): AtRestError {
  return new AtRestError('KEYSTORE', message, { cause });
}
