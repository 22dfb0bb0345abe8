// The one error border of the embedded server: everything that a client may see as a command's failure is a
// CommandError with one of MongoDB's own codes. It knows nothing of sockets or storage.
// Messages never carry document values: names of fields, options and commands only.

/** MongoDB's error codes that this server can answer, by their public names. */
export const ERROR_CODES = {
  InternalError: 1,
  BadValue: 2,
  UserNotFound: 11,
  FailedToParse: 9,
  Unauthorized: 13,
  TypeMismatch: 14,
  InvalidLength: 16,
  ProtocolError: 17,
  AuthenticationFailed: 18,
  IllegalOperation: 20,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  PathNotViable: 28,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  NamespaceExists: 48,
  MaxTimeMSExpired: 50,
  DollarPrefixedFieldName: 52,
  EmptyFieldName: 56,
  CommandNotFound: 59,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  ConflictingOperationInProgress: 117,
  NamespaceNotSharded: 118,
  CommandNotSupported: 115,
  DocumentValidationFailure: 121,
  CommandNotSupportedOnView: 166,
  AmbiguousIndexKeyPattern: 181,
  CannotIndexParallelArrays: 171,
  QueryPlanKilled: 175,
  CommandOnShardedViewNotSupportedOnMongod: 169,
  InvalidUUID: 207,
  NotSingleValueField: 54,
  InvalidIdField: 53,
  TransactionTooOld: 225,
  OperationNotSupportedInTransaction: 263,
  NoQueryExecutionPlans: 291,
  QueryExceededMemoryLimitNoDiskUseAllowed: 292,

  CursorInUse: 143,
  InvalidIndexSpecificationOption: 197,
  APIVersionError: 322,
  BSONObjectTooLarge: 10334,
  DuplicateKey: 11000,
  InterruptedAtShutdown: 11600,
  InvalidPipelineOperator: 168,
  Location15975: 15975,
  Location15998: 15998,
  Location16020: 16020,
  Location15952: 15952,
  Location15955: 15955,
  Location15956: 15956,
  Location15958: 15958,
  Location15976: 15976,
  Location16410: 16410,
  Location17053: 17053,
  Location28818: 28818,
  Location31002: 31002,
  Location31253: 31253,
  Location31254: 31254,
  Location40081: 40081,
  Location40066: 40066,
  Location40101: 40101,
  Location40104: 40104,
  Location40156: 40156,
  Location40192: 40192,
  Location40194: 40194,
  Location40170: 40170,
  Location40228: 40228,
  Location40231: 40231,
  Location40234: 40234,
  Location40235: 40235,
  Location40239: 40239,
  Location40243: 40243,
  Location40602: 40602,
  Location51272: 51272,
  Location5858203: 5858203,
  Location40323: 40323,
  Location40324: 40324,
  Location28724: 28724,
  Location31250: 31250,
  Location51246: 51246,
  Location40352: 40352,
  Location51024: 51024,
  Location51075: 51075,
  Location51091: 51091,
  UnsupportedOpQueryCommand: 352,
  IDLDuplicateField: 40413,
  IDLFailedToParse: 40414,
  IDLUnknownField: 40415,
} as const;

/** The public name of one of the codes in {@link ERROR_CODES}. */
export type ErrorCodeName = keyof typeof ERROR_CODES;

/**
 * A failure that is answered to the client as `{ ok: 0, code, codeName, errmsg }`, or as one entry of
 * `writeErrors`. `details` are further fields of that answer (`keyPattern`, `keyValue`, `errInfo`).
 */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: number;
  readonly codeName: ErrorCodeName;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    codeName: ErrorCodeName,
    message: string,
    options: { details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.codeName = codeName;
    this.code = ERROR_CODES[codeName];
    this.details = options.details ?? {};
  }

  /** The fields of a failed command's reply. */
  toReply(): Record<string, unknown> {
    return {
      ok: 0,
      errmsg: this.message,
      code: this.code,
      codeName: this.codeName,
      ...this.details,
    };
  }
}

/** Recognises by brand, since a bundle can hold the class twice. */
export function isCommandError(error: unknown): error is CommandError {
  return error instanceof Error && error.name === 'CommandError' && 'codeName' in error;
}

/** Why a connection is closed: what came is not this server's protocol. */
export type WireErrorCode =
  | 'BAD_LENGTH'
  | 'TOO_LARGE'
  | 'BAD_OPCODE'
  | 'BAD_FLAGS'
  | 'BAD_CHECKSUM'
  | 'BAD_SECTION'
  | 'BAD_DOCUMENT';

/** A malformed message. It ends its connection and nothing else. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly code: WireErrorCode;

  constructor(code: WireErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
