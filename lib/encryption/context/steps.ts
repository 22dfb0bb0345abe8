// Layer context: how an operation says what it needs. Each operation is a generator: it yields a
// need, the state machine gets it answered by the driver, and the generator resumes.
import type { KmsRequest } from '../kms/index.ts';

/** libmongocrypt's state numbers, `mongocrypt_ctx_state_t`. Markings (2) are made in-process. */
export const ContextState = {
  MONGOCRYPT_CTX_ERROR: 0,
  MONGOCRYPT_CTX_NEED_MONGO_COLLINFO: 1,
  MONGOCRYPT_CTX_NEED_MONGO_KEYS: 3,
  MONGOCRYPT_CTX_NEED_KMS: 4,
  MONGOCRYPT_CTX_READY: 5,
  MONGOCRYPT_CTX_DONE: 6,
  MONGOCRYPT_CTX_NEED_KMS_CREDENTIALS: 7,
} as const;

export type ContextState = (typeof ContextState)[keyof typeof ContextState];

/** An operation for the server whose reply documents come back, messages to KMSs, or credentials. */
export type Need =
  | { readonly state: typeof ContextState.MONGOCRYPT_CTX_NEED_MONGO_COLLINFO; filter: Uint8Array }
  | { readonly state: typeof ContextState.MONGOCRYPT_CTX_NEED_MONGO_KEYS; filter: Uint8Array }
  | { readonly state: typeof ContextState.MONGOCRYPT_CTX_NEED_KMS; requests: KmsRequest[] }
  | { readonly state: typeof ContextState.MONGOCRYPT_CTX_NEED_KMS_CREDENTIALS };

/**
 * The documents that answered the need: none for KMS messages, whose requests hold the answers, and
 * the option `kmsProviders` anew for credentials.
 */
export type Replies = readonly Uint8Array[];

/** An operation, or a part of one, that ends with `Result`. */
export type Steps<Result> = Generator<Need, Result, Replies>;
