// Layer context: runs conversations with KMSs side by side, one round of messages at a time.
import { withoutRepeats } from './equal-requests.ts';
import { ContextState, type Steps } from './steps.ts';
import type { KmsOutcome, KmsProviders, KmsRequest } from '../kms/index.ts';

interface Conversation {
  readonly steps: Exclude<KmsOutcome, Buffer>;
  readonly index: number;
}

/** Overwrites results that nobody will use: some of them are data keys. */
export function zero(outcomes: readonly KmsOutcome[]): void {
  for (const outcome of outcomes) if (Buffer.isBuffer(outcome)) outcome.fill(0);
}

/**
 * The results of all outcomes, in order. Asks for NEED_KMS as long as one of them yields requests;
 * never for a provider that answers at once. When one fails, the results of the others are zeroed.
 */
export function* runKms(outcomes: readonly KmsOutcome[]): Steps<Buffer[]> {
  const results: Buffer[] = [];
  let talking: Conversation[] = [];
  outcomes.forEach((outcome, index) => {
    if (Buffer.isBuffer(outcome)) results[index] = outcome;
    else talking.push({ steps: outcome, index });
  });
  let complete = false;
  try {
    for (;;) {
      const requests: KmsRequest[] = [];
      const open: Conversation[] = [];
      for (const conversation of talking) {
        const step = conversation.steps.next();
        if (step.done === true) {
          results[conversation.index] = step.value;
        } else {
          requests.push(step.value);
          open.push(conversation);
        }
      }
      talking = open;
      if (requests.length === 0) {
        complete = true;
        return results;
      }
      yield { state: ContextState.MONGOCRYPT_CTX_NEED_KMS, requests: withoutRepeats(requests) };
    }
  } finally {
    if (!complete) {
      zero(Object.values(results));
      for (const { steps } of talking) steps.return(Buffer.alloc(0));
    }
  }
}

/**
 * The providers, ready for use: if one of `ids` was configured without credentials, they are asked
 * for, once for each operation. Throws `KeyError` for an id that is not configured.
 */
export function* withCredentials(
  providers: KmsProviders,
  ids: readonly string[],
): Steps<KmsProviders> {
  if (!ids.some((id) => providers.get(id).needsCredentials)) return providers;
  const [options] = yield { state: ContextState.MONGOCRYPT_CTX_NEED_KMS_CREDENTIALS };
  return options ? providers.withCredentials(options) : providers;
}
