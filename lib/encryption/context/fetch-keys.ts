// Layer context: from requested keys to unwrapped keys, with one query of the key vault.
import { CryptoError, KeyError } from '../errors.ts';
import {
  formatUuid,
  type KeyDocument,
  type KeyReference,
  parseKeyDocument,
  readProvider,
} from '../format/index.ts';
import type { KeyBroker } from '../keys/index.ts';
import type { KmsOutcome, KmsProviders } from '../kms/index.ts';
import { runKms, withCredentials, zero } from './kms.ts';
import { ContextState, type Steps } from './steps.ts';

// A wrong local master key is the usual reason: say which key and which provider were at work,
// otherwise it looks like a damaged field.
function explainUnwrap(document: KeyDocument, provider: string, error: unknown): unknown {
  if (!(error instanceof CryptoError)) return error;
  const where = `while unwrapping data key ${formatUuid(document.keyId)} with provider ${provider}`;
  return new KeyError('unwrap', `${error.message} ${where}`, { cause: error });
}

function* explainLater(
  steps: Exclude<KmsOutcome, Buffer>,
  explain: (error: unknown) => unknown,
): Exclude<KmsOutcome, Buffer> {
  try {
    return yield* steps;
  } catch (error) {
    throw explain(error);
  }
}

/** Starts unwrapping one key document with the provider it names. Throws `KeyError`. */
function unwrap(document: KeyDocument, providers: KmsProviders): KmsOutcome {
  const name = readProvider(document.masterKey);
  const explain = (error: unknown) => explainUnwrap(document, name, error);
  try {
    const outcome = providers.get(name).unwrap(document.keyMaterial, document.masterKey);
    return Buffer.isBuffer(outcome) ? outcome : explainLater(outcome, explain);
  } catch (error) {
    throw explain(error);
  }
}

/** Unwraps key documents, in order. The caller zeroes the results. Throws `KeyError`, leaving no key. */
export function* unwrapAll(
  documents: readonly KeyDocument[],
  configured: KmsProviders,
): Steps<Buffer[]> {
  const ids = documents.map(({ masterKey }) => readProvider(masterKey));
  const providers = yield* withCredentials(configured, ids);
  const outcomes: KmsOutcome[] = [];
  try {
    for (const document of documents) outcomes.push(unwrap(document, providers));
  } catch (error) {
    zero(outcomes);
    throw error;
  }
  return yield* runKms(outcomes);
}

/**
 * Gets every key that the broker was asked for; no query when the cache has them all. `purpose` says
 * in an error what a key was for. Throws `KeyError` (`not-found` names missing keys), `FormatError`.
 */
export function* fetchKeys(
  broker: KeyBroker,
  providers: KmsProviders,
  purpose: (reference: KeyReference) => string,
): Steps<void> {
  const filter = broker.filter();
  if (!filter) return;
  const replies = yield { state: ContextState.MONGOCRYPT_CTX_NEED_MONGO_KEYS, filter };
  const documents = replies.map(parseKeyDocument).filter((document) => broker.wants(document));
  const keys = yield* unwrapAll(documents, providers);
  try {
    documents.forEach((document, index) => {
      const key = keys[index];
      if (key) broker.provide(document, key);
    });
    broker.requireAll(purpose);
  } catch (error) {
    zero(keys);
    throw error;
  }
}
