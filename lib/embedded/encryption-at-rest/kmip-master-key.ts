// Encryption at rest: a master key on a KMIP server: a symmetric AES-256 key that is fetched in raw format, used to
// open the keystore, and forgotten. The server draws it; nothing here ever destroys one.
import { KmsError } from '../../encryption/errors.ts';
import {
  activate,
  ask,
  createKey,
  get,
  getAttribute,
  readKeyState,
  requireBytes,
  requireIdentifier,
  Tag,
} from '../../encryption/kms/kmip-messages.ts';
import { find, numberOf, type TtlvItem } from '../../encryption/kms/ttlv.ts';
import { AtRestError } from './errors.ts';
import { MASTER_KEY_BYTES } from './key-file.ts';
import { type KmipConnection, withKmipServer } from './kmip-connection.ts';
import type { KmipOptions } from './options.ts';

export interface KmipMasterKey {
  readonly keyIdentifier: string;
  /** 32 bytes, which the caller zeroes. */
  readonly key: Buffer;
}

const provider = 'kmip';
const symmetricKey = 2;
const raw = 1;

/** Makes a key on the first server that can be used. Throws AtRestError KMIP_UNREACHABLE, KMIP_KEY. */
export function createMasterKey(options: KmipOptions): Promise<KmipMasterKey> {
  return withKmipServer(options, async (server) => {
    const created = await request(server, 'to make a key', createKey());
    const keyIdentifier = requireIdentifier(created, provider);
    await request(server, `to activate key \`${keyIdentifier}\``, activate(keyIdentifier));
    return { keyIdentifier, key: await fetchKey(server, keyIdentifier) };
  });
}

/**
 * Fetches a key. With `adopt` a key that is not active yet is activated: it becomes this database's.
 * Throws AtRestError KMIP_UNREACHABLE, KMIP_KEY if the server has no such key, or one that must not be used any more.
 */
export function fetchMasterKey(
  options: KmipOptions,
  keyIdentifier: string,
  { adopt = false } = {},
): Promise<KmipMasterKey> {
  return withKmipServer(options, async (server) => {
    const state = await readState(server, keyIdentifier);
    if (state === 'Pre-Active' && adopt) {
      await request(server, `to activate key \`${keyIdentifier}\``, activate(keyIdentifier));
    } else if (state !== 'Active') {
      throw new AtRestError(
        'KMIP_KEY',
        `Expected key \`${keyIdentifier}\` on ${server.address} to be Active, got one that is ${state}`,
      );
    }
    return { keyIdentifier, key: await fetchKey(server, keyIdentifier) };
  });
}

async function readState(server: KmipConnection, keyIdentifier: string): Promise<string> {
  const what = `the state of key \`${keyIdentifier}\``;
  const payload = await request(server, what, getAttribute(keyIdentifier, 'State'));
  return readKeyState(payload);
}

async function fetchKey(server: KmipConnection, keyIdentifier: string): Promise<Buffer> {
  const payload = await request(server, `for key \`${keyIdentifier}\``, get(keyIdentifier));
  const block = find(payload, Tag.symmetricKey, Tag.keyBlock);
  const type = numberOf(find(payload, Tag.objectType));
  if (type !== symmetricKey || !block || numberOf(find(block, Tag.keyFormatType)) !== raw) {
    throw wrongKind(server, keyIdentifier, 'another object');
  }
  const key = requireBytes(block, provider, Tag.keyValue, Tag.keyMaterial);
  if (key.length === MASTER_KEY_BYTES) return key;
  key.fill(0);
  throw wrongKind(server, keyIdentifier, `one of ${key.length * 8} bits`);
}

function wrongKind(server: KmipConnection, keyIdentifier: string, got: string): AtRestError {
  return new AtRestError(
    'KMIP_KEY',
    `Expected \`${keyIdentifier}\` on ${server.address} to be a symmetric key of 256 bits in raw format, got ${got}`,
  );
}

/** What a server refuses is told with the server's own words. */
async function request(server: KmipConnection, what: string, message: Buffer): Promise<TtlvItem> {
  try {
    return await server.run(ask(provider, server.address, message));
  } catch (cause) {
    if (!(cause instanceof KmsError)) throw cause;
    const words = cause.message.replace(/^KMS provider `kmip` /, '');
    throw new AtRestError('KMIP_KEY', `KMIP server ${server.address}, asked ${what}, ${words}`, {
      cause,
    });
  }
}
