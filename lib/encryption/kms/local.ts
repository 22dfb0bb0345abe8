// Layer kms: the KMS provider `local`. The master key is 96 bytes in this process's memory.
import { BsonType, elements, readBinary, readString, type Element } from '../bytes/index.ts';
import { keyLength, unwrapKey, wrapKey } from '../crypto/index.ts';
import { KeyError } from '../errors.ts';
import type { KmsProvider } from './provider.ts';

const strictBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function readKey(element: Element): Buffer {
  if (element.type === BsonType.binData) return Buffer.from(readBinary(element.value).data);
  if (element.type !== BsonType.string) {
    throw new KeyError('kms-options', 'Expected `local.key` to be binary or a base64 string');
  }
  const text = readString(element.value);
  if (!strictBase64.test(text)) {
    throw new KeyError('kms-options', 'Expected `local.key` to be a base64 string');
  }
  return Buffer.from(text, 'base64');
}

/**
 * Reads `{ key }` of `kmsProviders.local`, the key as binary or base64, and copies it.
 * Throws `KeyError` (`kms-options`).
 */
export function createLocalProvider(id: string, options: Uint8Array): KmsProvider {
  let key: Buffer | undefined;
  for (const element of elements(options)) {
    if (element.key !== 'key') {
      throw new KeyError('kms-options', `Unexpected field: '${element.key}' in \`${id}\``);
    }
    key = readKey(element);
  }
  if (!key) throw new KeyError('kms-options', `Expected \`${id}.key\`, got none`);
  if (key.byteLength !== keyLength) {
    key.fill(0);
    const problem = `local key must be ${keyLength} bytes, got ${key.byteLength} bytes`;
    throw new KeyError('kms-options', problem);
  }
  const masterKey = key;
  return {
    id,
    needsCredentials: false,
    masterKey(masterKeyOptions) {
      requireNoOptions(masterKeyOptions);
      return Buffer.from(masterKeyOptions);
    },
    wrap: (dataKey) => wrapKey(masterKey, dataKey),
    unwrap(keyMaterial, masterKeyOptions) {
      requireNoOptions(masterKeyOptions);
      return unwrapKey(masterKey, keyMaterial);
    },
  };
}

/** Whoever names a region or an endpoint means another provider. */
function requireNoOptions(masterKeyOptions: Uint8Array): void {
  for (const { key: name } of elements(masterKeyOptions)) {
    if (name === 'provider') continue;
    throw new KeyError('kms-options', `Unexpected field: '${name}' in \`masterKey\``);
  }
}
