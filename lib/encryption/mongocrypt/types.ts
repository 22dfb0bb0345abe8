// Layer mongocrypt: the types that mongodb-client-encryption 7.2 publishes, name by name.
import type {
  Context,
  DataKeyOptions,
  ExplicitEncryptionOptions,
  Status,
} from '../context/index.ts';
import type { KmsRequest } from '../kms/index.ts';

/** What a context offers; the package wraps any that does. */
export type IMongoCryptContext = Omit<Context, 'state'> & { readonly state: number };
export type MongoCryptStatus = Status;
export type MongoCryptKMSRequest = KmsRequest;
export type ExplicitEncryptionContextOptions = ExplicitEncryptionOptions;
export type DataKeyContextOptions = DataKeyOptions;

/** Turns an error of this module into the caller's; the driver makes a `MongoCryptError` of it. */
export type MongoCryptErrorWrapper = (error: Error) => Error;

/** Options of `MongoCrypt`. Documents are BSON bytes. */
export interface MongoCryptOptions {
  kmsProviders?: Uint8Array;
  schemaMap?: Uint8Array;
  /** Queryable Encryption: refused. */
  encryptedFieldsMap?: Uint8Array;
  /** `(level, message)`; levels as in the driver's `AutoEncryptionLoggerLevel`. */
  logger?: unknown;
  /** Ignored: there is no shared library, analysis is in this process. */
  cryptSharedLibSearchPaths?: string[];
  /** Ignored, with a warning to `logger`. */
  cryptSharedLibPath?: string;
  bypassQueryAnalysis?: boolean;
  /** Milliseconds for which an unwrapped key is kept; 0 means for ever; 60000 when left out. */
  keyExpirationMS?: number;
  errorWrapper: MongoCryptErrorWrapper;
}
