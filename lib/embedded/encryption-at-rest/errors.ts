// Encryption at rest: why a server with encryption does not start. No message holds a key, a password or what a
// key opens.

export type AtRestErrorCode =
  /** An option is unknown, has the wrong type, or contradicts another one. */
  | 'OPTION'
  /** The local key file is missing, readable by others, or not a key. */
  | 'KEY_FILE'
  /** No KMIP server could be reached, or none would talk to us. */
  | 'KMIP_UNREACHABLE'
  /** A KMIP server has no such key, or gives it to nobody any more. */
  | 'KMIP_KEY'
  /** The keystore is missing, damaged, altered, or belongs to other data. */
  | 'KEYSTORE'
  /** The master key is a sound key, but not the one that the keystore was wrapped with. */
  | 'WRONG_MASTER_KEY'
  /** The directory is clear where it should be encrypted, or the reverse. */
  | 'DIRECTORY'
  /** A conversion cannot begin or go on. */
  | 'CONVERSION';

export class AtRestError extends Error {
  override readonly name = 'AtRestError';
  readonly code: AtRestErrorCode;

  constructor(code: AtRestErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
