// Layer kms: what every KMS provider offers, and what one message to it is. One file per provider
// implements it; `index.ts` finds it. Knows nothing of contexts or of how messages travel.

/**
 * One message to a KMS and its answer, as the driver sees it: it writes `message` to `endpoint` and
 * feeds `addResponse` until `bytesNeeded` is 0. `addResponse` never throws: the driver calls it from
 * a socket's event, where a throw would end the process.
 */
export interface KmsRequest {
  addResponse(response: Uint8Array): void;
  fail(): boolean;
  readonly status: { type: number; code: number; message?: string };
  readonly bytesNeeded: number;
  readonly uSleep: number;
  readonly kmsProvider: string;
  readonly endpoint: string;
  readonly message: Buffer;
}

/** A conversation: each yielded request is answered before the generator resumes. */
export type Conversation<Result = Buffer> = Generator<KmsRequest, Result, undefined>;

/** The result at once, or a conversation of one or more messages (a token, then the key). */
export type KmsOutcome = Buffer | Conversation;

/** Wraps and unwraps data keys under a master key that it knows or can reach. */
export interface KmsProvider {
  /** As in `kmsProviders`: `local`, `aws`, or with a name `aws:eu`. */
  readonly id: string;
  /** True if the configuration is `{}`: the credentials come when a key needs them. */
  readonly needsCredentials: boolean;
  /**
   * Checks the options of `createDataKey`, BSON `{ provider, ... }`, and returns the `masterKey`
   * document to store. A provider that makes its master key on the KMS asks for it here.
   * Throws `KeyError` (`kms-options`).
   */
  masterKey(options: Uint8Array): KmsOutcome;
  /** Wraps 96 bytes for storage as `keyMaterial`. */
  wrap(dataKey: Uint8Array, masterKey: Uint8Array): KmsOutcome;
  /** Unwraps stored `keyMaterial`; the caller checks the length and zeroes the result. */
  unwrap(keyMaterial: Uint8Array, masterKey: Uint8Array): KmsOutcome;
}

/** Milliseconds since 1970. */
export type WallClock = () => number;
