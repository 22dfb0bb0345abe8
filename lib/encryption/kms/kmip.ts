// Layer kms: the KMS provider `kmip`. Plain: the master key is Secret Data that is fetched and used
// here. Delegated: an AES key that stays on the server, which wraps and unwraps.
import { getElement, DocumentWriter, BsonType, elements, encodeString } from '../bytes/index.ts';
import { keyLength, randomKey, unwrapKey, wrapKey } from '../crypto/index.ts';
import { KeyError, KmsError } from '../errors.ts';
import {
  activate,
  ask,
  createKey,
  decrypt,
  encrypt,
  get,
  registerSecret,
  requireBytes,
  requireIdentifier,
  Tag,
} from './kmip-messages.ts';
import { readOptions, requireEndpoint, withPort } from './options.ts';
import type { Conversation, KmsProvider } from './provider.ts';

const kmipPort = 5696;
const ivLength = 16;

interface MasterKey {
  readonly endpoint: string;
  readonly keyId: string | undefined;
  readonly delegated: boolean;
}

const masterKeyTypes = {
  provider: 'string',
  keyId: 'string',
  endpoint: 'string',
  delegated: 'bool',
} as const;

/** Reads `{ endpoint }`. Throws `KeyError`. */
export function createKmipProvider(id: string, document: Uint8Array): KmsProvider {
  const configured = readOptions(document, { endpoint: 'string' }, id);
  const defaultEndpoint = requireEndpoint(configured, 'endpoint');

  function readMasterKey(options: Uint8Array): MasterKey {
    const values = readOptions(options, masterKeyTypes, 'masterKey');
    return {
      endpoint: withPort(requireEndpoint(values, 'endpoint', defaultEndpoint), kmipPort),
      keyId: values.strings.get('keyId'),
      delegated: values.bools.get('delegated') ?? false,
    };
  }

  /** Makes the master key on the server where none is named, and stores its identifier. */
  function* masterKey(options: Uint8Array): Conversation {
    const { endpoint, keyId, delegated } = readMasterKey(options);
    if (keyId !== undefined) return Buffer.from(options);
    const secret = delegated ? undefined : randomKey();
    try {
      const create = secret ? registerSecret(secret) : createKey();
      const identifier = requireIdentifier(yield* ask(id, endpoint, create), id);
      yield* ask(id, endpoint, activate(identifier));
      return withKeyId(options, identifier);
    } finally {
      secret?.fill(0);
    }
  }

  function* fetchMasterKey(endpoint: string, keyId: string): Conversation {
    const payload = yield* ask(id, endpoint, get(keyId));
    const path = [Tag.secretData, Tag.keyBlock, Tag.keyValue, Tag.keyMaterial];
    const material = requireBytes(payload, id, ...path);
    if (material.length !== keyLength) {
      material.fill(0);
      throw new KmsError('response', `Expected a KMIP master key of ${keyLength} bytes`);
    }
    return material;
  }

  function* withMasterKey(
    document: Uint8Array,
    local: (masterKey: Buffer) => Buffer,
    delegate: (endpoint: string, keyId: string) => Conversation,
  ): Conversation {
    const { endpoint, keyId, delegated } = readMasterKey(document);
    if (keyId === undefined)
      throw new KeyError('kms-options', 'Expected `masterKey.keyId`, got none');
    if (delegated) return yield* delegate(endpoint, keyId);
    const material = yield* fetchMasterKey(endpoint, keyId);
    try {
      return local(material);
    } finally {
      material.fill(0);
    }
  }

  function* encryptThere(endpoint: string, keyId: string, dataKey: Uint8Array): Conversation {
    const payload = yield* ask(id, endpoint, encrypt(keyId, dataKey));
    const iv = requireBytes(payload, id, Tag.ivCounterNonce);
    const data = requireBytes(payload, id, Tag.data);
    if (iv.length !== ivLength) throw new KmsError('response', 'Expected a KMIP IV of 16 bytes');
    return Buffer.concat([iv, data]);
  }

  function* decryptThere(endpoint: string, keyId: string, wrapped: Uint8Array): Conversation {
    const [iv, data] = [wrapped.subarray(0, ivLength), wrapped.subarray(ivLength)];
    const payload = yield* ask(id, endpoint, decrypt(keyId, data, iv));
    return requireBytes(payload, id, Tag.data);
  }

  return {
    id,
    needsCredentials: false,
    masterKey,
    wrap: (dataKey, document) =>
      withMasterKey(
        document,
        (material) => wrapKey(material, dataKey),
        (endpoint, keyId) => encryptThere(endpoint, keyId, dataKey),
      ),
    unwrap: (keyMaterial, document) =>
      withMasterKey(
        document,
        (material) => unwrapKey(material, keyMaterial),
        (endpoint, keyId) => decryptThere(endpoint, keyId, keyMaterial),
      ),
  };
}

/** The `masterKey` document with the identifier that the server gave. */
function withKeyId(options: Uint8Array, keyId: string): Buffer {
  const writer = new DocumentWriter();
  for (const { type, key, value } of elements(options)) writer.append(type, key, value);
  if (getElement(options, 'keyId') === undefined) {
    writer.append(BsonType.string, 'keyId', encodeString(keyId));
  }
  return Buffer.from(writer.finish());
}
