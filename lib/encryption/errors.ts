// Every error class of the module: one per layer, each with a closed union of codes.
// Knows nothing about bytes or keys. No message ever carries a key, a plaintext or a ciphertext.

/** Base of all errors of this module; recognise by `code` or `name`, a bundle may hold a class twice. */
export abstract class EncryptionError<Code extends string = string> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type BsonErrorCode =
  'length' | 'truncated' | 'terminator' | 'type' | 'utf8' | 'key' | 'value' | 'depth';

/** Bytes that are not one well-formed BSON document, or a value that BSON cannot hold. */
export class BsonError extends EncryptionError<BsonErrorCode> {
  override readonly name = 'BsonError';
}

export type CryptoErrorCode = 'authentication' | 'key-length' | 'iv-length';

/** A failed authentication (always the same message) or unusable key material. */
export class CryptoError extends EncryptionError<CryptoErrorCode> {
  override readonly name = 'CryptoError';
}

export type FormatErrorCode =
  'ciphertext' | 'marking' | 'key-document' | 'queryable-encryption' | 'type';

/** A ciphertext blob, a marking or a key document that does not have the specified shape. */
export class FormatError extends EncryptionError<FormatErrorCode> {
  override readonly name = 'FormatError';
}

export type KeyErrorCode =
  'not-found' | 'duplicate' | 'unwrap' | 'kms-provider' | 'kms-options' | 'master-key';

/** A data key that is missing, cannot be unwrapped, or whose KMS provider is not usable. */
export class KeyError extends EncryptionError<KeyErrorCode> {
  override readonly name = 'KeyError';
}

export type KmsErrorCode = 'status' | 'response' | 'options';

/** A KMS that refused, answered what is no answer, or could not be asked. */
export class KmsError extends EncryptionError<KmsErrorCode> {
  override readonly name = 'KmsError';
}

export type AnalysisErrorCode = 'command' | 'schema' | 'query' | 'update' | 'value' | 'pipeline';

/** A schema or a command that query analysis refuses, because its encryption cannot be decided. */
export class AnalysisError extends EncryptionError<AnalysisErrorCode> {
  override readonly name = 'AnalysisError';
}

export type ContextErrorCode = 'state' | 'option' | 'type' | 'view' | 'queryable-encryption';

/** A call that the state machine does not allow now, or an argument that a context refuses. */
export class ContextError extends EncryptionError<ContextErrorCode> {
  override readonly name = 'ContextError';
}
