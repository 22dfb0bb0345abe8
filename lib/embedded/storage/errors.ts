// Storage layer: failures that are not a client's. What a client caused is a CommandError of ../errors.ts.

export type StorageErrorCode =
  /** Another process, or another storage in this one, has the directory open. */
  | 'DIRECTORY_LOCKED'
  /** A method that changes data was called outside `write`. */
  | 'NOT_IN_WRITE'
  /** The storage is closed. */
  | 'CLOSED'
  /** The directory was written by another version, or is damaged. */
  | 'BAD_DATA'
  /** The directory is encrypted and was opened as clear, the reverse, or the file is not the keystore's. */
  | 'ENCRYPTED';

export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Recognises by brand, since a bundle can hold the class twice. */
export function isStorageError(error: unknown): error is StorageError {
  return error instanceof Error && error.name === 'StorageError' && 'code' in error;
}
