// The key layer's one error. No message holds a key or a name of a patient.

export type KeyErrorCode =
  | 'MASTER_KEY'
  | 'VAULT'
  /** Another key operation is under way or unfinished. */
  | 'BUSY'
  /** Another process has taken this operation over. */
  | 'LOST'
  /** Records cannot be converted, or do not read as they should; nothing was removed. */
  | 'RECORDS';

/** Thrown when a master key cannot be used, when the key vault is not as it must be, and by key operations. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
  readonly code: KeyErrorCode;

  constructor(code: KeyErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
