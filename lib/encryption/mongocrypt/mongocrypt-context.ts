// Layer mongocrypt: the context class that the driver sees. It adds only the error wrapper.
// Never frozen: the driver assigns `id`, `ns` and `document` to it.
import type {
  IMongoCryptContext,
  MongoCryptErrorWrapper,
  MongoCryptKMSRequest,
  MongoCryptStatus,
} from './types.ts';
import { wrapErrors } from './wrap-errors.ts';

/** One operation's state machine; turned by the driver's `StateMachine.execute`. */
export class MongoCryptContext implements IMongoCryptContext {
  readonly #context: IMongoCryptContext;
  readonly #errorWrapper: MongoCryptErrorWrapper;

  constructor(context: IMongoCryptContext, errorWrapper: MongoCryptErrorWrapper) {
    this.#context = context;
    this.#errorWrapper = errorWrapper;
  }

  nextMongoOperation(): Buffer {
    return wrapErrors(this.#errorWrapper, () => this.#context.nextMongoOperation());
  }

  addMongoOperationResponse(response: Uint8Array): void {
    wrapErrors(this.#errorWrapper, () => {
      requireBytes(response, 'response');
      this.#context.addMongoOperationResponse(response);
    });
  }

  finishMongoOperation(): void {
    wrapErrors(this.#errorWrapper, () => {
      this.#context.finishMongoOperation();
    });
  }

  nextKMSRequest(): MongoCryptKMSRequest | null {
    return wrapErrors(this.#errorWrapper, () => this.#context.nextKMSRequest());
  }

  /** Credentials on demand, in state 7: BSON of the option `kmsProviders`. */
  provideKMSProviders(providers: Uint8Array): void {
    wrapErrors(this.#errorWrapper, () => {
      requireBytes(providers, 'providers');
      this.#context.provideKMSProviders(providers);
    });
  }

  finishKMSRequests(): void {
    wrapErrors(this.#errorWrapper, () => {
      this.#context.finishKMSRequests();
    });
  }

  finalize(): Buffer {
    return wrapErrors(this.#errorWrapper, () => this.#context.finalize());
  }

  get status(): MongoCryptStatus {
    return wrapErrors(this.#errorWrapper, () => this.#context.status);
  }

  get state(): number {
    return wrapErrors(this.#errorWrapper, () => this.#context.state);
  }
}

/** Throws a TypeError unless `value` is a Uint8Array. */
export function requireBytes(value: unknown, name: string): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) {
    throw new TypeError(`Expected \`${name}\` to be a Uint8Array`);
  }
}
