// Layer keys: what every KMS provider offers. One file per provider implements it; the registry in
// `kms-providers.ts` finds it. Knows nothing of contexts or of how messages travel.

/**
 * One message to a KMS and its answer, as the driver sees it: it writes `message` to `endpoint` and
 * feeds `addResponse` until `bytesNeeded` is 0.
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

/**
 * The result at once, or a conversation: each yielded request is answered before the generator
 * resumes, so a provider may need several in a row (a token, then the key).
 */
export type KmsOutcome = Buffer | Generator<KmsRequest, Buffer, undefined>;

export interface KmsProvider {
  /** As in `kmsProviders`: `local`, `aws`, or with a name `aws:eu`. */
  readonly id: string;
  /**
   * Checks the options of `createDataKey`, BSON `{ provider, ... }`, and returns the `masterKey`
   * document to store. Throws `KeyError` (`kms-options`).
   */
  masterKey(options: Uint8Array): Uint8Array;
  /** Wraps 96 bytes for storage as `keyMaterial`. */
  wrap(dataKey: Uint8Array, masterKey: Uint8Array): KmsOutcome;
  /** Unwraps stored `keyMaterial`; the caller checks the length and zeroes the result. */
  unwrap(keyMaterial: Uint8Array, masterKey: Uint8Array): KmsOutcome;
}
