// Encryption at rest: the master key, wherever it lies: a local key file or a KMIP server.
import { readKeyFile } from './key-file.ts';
import { createMasterKey, fetchMasterKey } from './kmip-master-key.ts';
import type { MasterKeyName } from './keystore.ts';
import type { MasterKeyOptions } from './options.ts';

export interface MasterKey {
  readonly name: MasterKeyName;
  /** 32 bytes, which the caller zeroes. */
  readonly key: Buffer;
}

/** The key for a new keystore. A KMIP key that is named must exist; without a name one is made. */
export async function firstMasterKey(
  options: MasterKeyOptions,
  directory: string,
): Promise<MasterKey> {
  if (options.provider === 'local') return localKey(options.keyFile, directory);
  const { keyIdentifier } = options;
  const { key, keyIdentifier: identifier } =
    keyIdentifier === undefined
      ? await createMasterKey(options)
      : await fetchMasterKey(options, keyIdentifier, { adopt: true });
  return { name: { provider: 'kmip', keyIdentifier: identifier }, key };
}

/** The key that a keystore names, from the place that the options name. */
export async function presentMasterKey(
  options: MasterKeyOptions,
  directory: string,
  keyIdentifier: string | undefined,
): Promise<MasterKey> {
  if (options.provider === 'local') return localKey(options.keyFile, directory);
  const { key } = await fetchMasterKey(options, keyIdentifier ?? '');
  return { name: { provider: 'kmip', ...(keyIdentifier !== undefined && { keyIdentifier }) }, key };
}

function localKey(keyFile: string, directory: string): MasterKey {
  return { name: { provider: 'local' }, key: readKeyFile(keyFile, directory) };
}
