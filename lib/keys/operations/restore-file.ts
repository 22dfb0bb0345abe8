// A backup of the key vault, read as a whole before any of it is believed.
import 'server-only';
import type { DataKey, Document } from 'mongodb';
import { KEY_VAULT } from '@/lib/db/names';
import { KeyError } from '../errors';
import { isPolicyRow, type PolicyRow } from '../policy';
import { readBackup } from './backup';

/** The policy and the number of data keys. Throws KeyError `VAULT` if the file is no whole backup. */
export async function readWhole(path: string): Promise<{ policy: PolicyRow; keys: number }> {
  let policy: PolicyRow | undefined;
  let keys = 0;
  try {
    for await (const { collection, document } of readBackup(path)) {
      if (collection === KEY_VAULT) {
        if (!isDataKey(document)) throw noBackup('a data key without id, key material or CMK');
        keys += 1;
      } else {
        if (policy !== undefined) throw noBackup('two key policies');
        if (!isPolicyRow(document)) throw noBackup('a key policy without CMK or shared key');
        policy = document;
      }
    }
  } catch (error) {
    if (error instanceof KeyError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no file';
    throw new KeyError('VAULT', `Expected a backup of the key vault at ${path}, got ${code}`);
  }
  if (policy === undefined) throw noBackup('a file without key policy');
  return { policy, keys };
}

/** Its data keys, in the order of their ids. Call `readWhole` first. */
export async function* keysIn(path: string): AsyncGenerator<DataKey> {
  for await (const { collection, document } of readBackup(path)) {
    if (collection === KEY_VAULT) yield document as DataKey;
  }
}

function noBackup(got: string): KeyError {
  return new KeyError('VAULT', `Expected a backup of the key vault, got ${got}`);
}

const UUID_SUBTYPE = 4;
const GENERIC_SUBTYPE = 0;

function isDataKey({ _id, keyMaterial, masterKey }: Document): boolean {
  const provider = (masterKey as Document | undefined)?.['provider'] as unknown;
  return (
    subtypeOf(_id) === UUID_SUBTYPE &&
    subtypeOf(keyMaterial) === GENERIC_SUBTYPE &&
    typeof provider === 'string'
  );
}

function subtypeOf(value: unknown): number | null {
  const { _bsontype, sub_type } = (value ?? {}) as { _bsontype?: unknown; sub_type?: unknown };
  return _bsontype === 'Binary' && typeof sub_type === 'number' ? sub_type : null;
}
