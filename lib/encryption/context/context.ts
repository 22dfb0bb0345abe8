// Layer context: the state machine that the driver turns. It runs one operation (`steps.ts`) and
// answers in libmongocrypt's states. As in the official binding, a failure after construction does
// not throw: it becomes state ERROR with a status message, and the driver raises that.
import { ContextError } from '../errors.ts';
import type { KmsRequest } from '../kms/index.ts';
import { ContextState, type Need, type Steps } from './steps.ts';

/** libmongocrypt's status: type 0 is no error, type 1 an error of this client. */
export interface Status {
  type: number;
  code: number;
  message?: string;
}

export class Context {
  readonly #steps: Steps<Uint8Array>;
  #state: ContextState = ContextState.MONGOCRYPT_CTX_DONE;
  #need: Need | undefined;
  #output: Uint8Array = new Uint8Array(0);
  #replies: Uint8Array[] = [];
  #handedOut = 0;
  #error: Error | undefined;

  /** Runs to the first need. Throws what the operation throws until then, as the binding does. */
  constructor(steps: Steps<Uint8Array>) {
    this.#steps = steps;
    this.#resume(steps.next());
  }

  get state(): ContextState {
    return this.#state;
  }

  get status(): Status {
    if (!this.#error) return { type: 0, code: 0 };
    return { type: 1, code: 1, message: this.#error.message };
  }

  /** The filter to run: of `listCollections`, or of the key vault. */
  nextMongoOperation(): Buffer {
    return this.#guard(Buffer.alloc(0), () => asBuffer(this.#mongoNeed().filter));
  }

  /** Takes one document of the reply. */
  addMongoOperationResponse(response: Uint8Array): void {
    this.#guard(undefined, () => {
      this.#mongoNeed();
      // Copied: the driver may reuse its buffer before the operation resumes.
      this.#replies.push(new Uint8Array(response));
    });
  }

  /** Says that the reply is complete. */
  finishMongoOperation(): void {
    this.#guard(undefined, () => {
      this.#mongoNeed();
      this.#advance();
    });
  }

  /** The next message of this round, or null when all are handed out. */
  nextKMSRequest(): KmsRequest | null {
    return this.#guard(null, () => this.#kmsNeed().requests[this.#handedOut++] ?? null);
  }

  /** Says that every message of this round has been answered. */
  finishKMSRequests(): void {
    this.#guard(undefined, () => {
      this.#kmsNeed();
      this.#advance();
    });
  }

  /** Takes the option `kmsProviders` anew, with the credentials that were left out of it. */
  provideKMSProviders(providers: Uint8Array): void {
    this.#guard(undefined, () => {
      if (this.#state !== ContextState.MONGOCRYPT_CTX_NEED_KMS_CREDENTIALS) {
        throw this.#wrongState('KMS credentials');
      }
      const credentials = new Uint8Array(providers);
      this.#replies.push(credentials);
      try {
        this.#advance();
      } finally {
        credentials.fill(0);
      }
    });
  }

  /** The result. Throws nothing: outside READY it is empty and the state ERROR. */
  finalize(): Buffer {
    return this.#guard(Buffer.alloc(0), () => {
      if (this.#state !== ContextState.MONGOCRYPT_CTX_READY) throw this.#wrongState('finalize');
      this.#state = ContextState.MONGOCRYPT_CTX_DONE;
      return asBuffer(this.#output);
    });
  }

  #advance(): void {
    const replies = this.#replies;
    this.#replies = [];
    this.#handedOut = 0;
    this.#resume(this.#steps.next(replies));
  }

  #resume(step: IteratorResult<Need, Uint8Array>): void {
    if (step.done === true) {
      this.#need = undefined;
      this.#output = step.value;
      this.#state = ContextState.MONGOCRYPT_CTX_READY;
    } else {
      this.#need = step.value;
      this.#state = step.value.state;
    }
  }

  #mongoNeed() {
    if (this.#need && 'filter' in this.#need) return this.#need;
    throw this.#wrongState('a server reply');
  }

  #kmsNeed() {
    if (this.#need && 'requests' in this.#need) return this.#need;
    throw this.#wrongState('a KMS reply');
  }

  #wrongState(what: string): ContextError {
    return new ContextError('state', `Unexpected call for ${what} in state ${this.#state}`);
  }

  #guard<Result>(onError: Result, action: () => Result): Result {
    // The first error stays: the driver goes on calling before it looks at the state.
    if (this.#error) return onError;
    try {
      return action();
    } catch (error) {
      this.#error = error instanceof Error ? error : new Error(String(error));
      this.#need = undefined;
      this.#state = ContextState.MONGOCRYPT_CTX_ERROR;
      this.#steps.return(new Uint8Array(0));
      return onError;
    }
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
