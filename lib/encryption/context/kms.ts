// Layer context: runs conversations with KMSs side by side, one round of messages at a time.
import { ContextState, type Steps } from './steps.ts';
import type { KmsOutcome, KmsProviders, KmsRequest } from '../kms/index.ts';

interface Conversation {
  readonly steps: Exclude<KmsOutcome, Buffer>;
  readonly index: number;
}

/**
 * The results of all outcomes, in order. Asks for NEED_KMS as long as one of them yields requests;
 * never for a provider that answers at once.
 */
export function* runKms(outcomes: readonly KmsOutcome[]): Steps<Buffer[]> {
  const results: Buffer[] = [];
  let talking: Conversation[] = [];
  outcomes.forEach((outcome, index) => {
    if (Buffer.isBuffer(outcome)) results[index] = outcome;
    else talking.push({ steps: outcome, index });
  });
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
    if (requests.length === 0) return results;
    talking = open;
    yield { state: ContextState.MONGOCRYPT_CTX_NEED_KMS, requests };
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
