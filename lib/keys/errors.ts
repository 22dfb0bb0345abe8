// The key layer's one error. No message holds a key or a name of a patient.

export type KeyErrorCode = 'MASTER_KEY' | 'VAULT';

/** Thrown when the master key cannot be used, or when the key vault is not as it must be. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
  readonly code: KeyErrorCode;

  constructor(code: KeyErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
