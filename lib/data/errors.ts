// The data layer's one error. `message` is for logs, `userMessage` for people; neither holds a value.

export type DataErrorCode =
  'NOT_FOUND' | 'FORBIDDEN' | 'INVALID' | 'CONFLICT' | 'DUPLICATE_SSN' | 'ERASED' | 'UNAVAILABLE';

const USER_MESSAGES: Record<DataErrorCode, string> = {
  NOT_FOUND: 'There is no such patient.',
  FORBIDDEN: 'Your role does not allow this.',
  INVALID: 'Some entries need attention.',
  CONFLICT: 'Someone else changed this record. Nothing was saved; try again.',
  DUPLICATE_SSN: 'A patient with this Social Security number is already registered.',
  ERASED: 'This patient’s medical record was erased and nothing can be added to it.',
  UNAVAILABLE: 'The database did not answer. Nothing was saved; try again.',
};

/** Thrown by every function of lib/data when it refuses or cannot answer. */
export class DataError extends Error {
  override readonly name = 'DataError';
  readonly code: DataErrorCode;
  /** A sentence that may be shown. */
  readonly userMessage: string;
  /** The form field that it is about (`ssn`, `insurance.policyNumber`), if one. */
  readonly field: string | undefined;

  constructor(
    code: DataErrorCode,
    options: { message?: string; userMessage?: string; field?: string; cause?: unknown } = {},
  ) {
    super(options.message ?? USER_MESSAGES[code], { cause: options.cause });
    this.code = code;
    this.userMessage = options.userMessage ?? USER_MESSAGES[code];
    this.field = options.field;
  }
}
