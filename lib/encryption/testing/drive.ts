// Test support: turns a context as the driver does, with documents in memory for a server.
import { serialize } from 'bson';
import { Context } from '../context/context.ts';
import type { Engine } from '../context/engine.ts';
import { createDataKey } from '../context/data-key.ts';
import { ContextState, type Steps } from '../context/steps.ts';
import { KeyCache } from '../keys/index.ts';
import { KmsProviders } from '../kms/index.ts';

export interface Answers {
  /** Every document in the key vault; the filter is recorded, not evaluated. */
  keys?: readonly Uint8Array[];
  collections?: readonly Uint8Array[];
}

export interface Driven {
  readonly output: Buffer;
  /** Filters asked for, in order. */
  readonly filters: readonly Buffer[];
  readonly states: readonly number[];
}

/** Runs to DONE. Throws an Error with the status message in state ERROR, as the driver does. */
export function drive(context: Context, answers: Answers = {}): Driven {
  const filters: Buffer[] = [];
  const states: number[] = [];
  let output: Buffer = Buffer.alloc(0);
  const failed = () => context.state === ContextState.MONGOCRYPT_CTX_ERROR;
  while (context.state !== ContextState.MONGOCRYPT_CTX_DONE && !failed()) {
    states.push(context.state);
    switch (context.state) {
      case ContextState.MONGOCRYPT_CTX_NEED_MONGO_KEYS:
      case ContextState.MONGOCRYPT_CTX_NEED_MONGO_COLLINFO: {
        const isKeys = context.state === ContextState.MONGOCRYPT_CTX_NEED_MONGO_KEYS;
        filters.push(context.nextMongoOperation());
        const replies = (isKeys ? answers.keys : answers.collections) ?? [];
        for (const reply of replies) context.addMongoOperationResponse(reply);
        context.finishMongoOperation();
        break;
      }
      case ContextState.MONGOCRYPT_CTX_NEED_KMS:
        while (context.nextKMSRequest());
        context.finishKMSRequests();
        break;
      default:
        output = context.finalize();
    }
  }
  if (failed()) throw new Error(context.status.message);
  return { output, filters, states };
}

/** Runs an operation of the engine. */
export function run(steps: Steps<Uint8Array>, answers: Answers = {}): Driven {
  return drive(new Context(steps), answers);
}

export const masterKey = Buffer.alloc(96, 7);

/** An engine with the local provider and a clock that stands at `clock.now`. */
export function testEngine(
  options: { keyExpirationMS?: number; key?: Buffer; schemas?: Engine['schemas'] } = {},
): Engine & { clock: { now: number } } {
  const clock = { now: 0 };
  return {
    clock,
    kmsProviders: new KmsProviders(serialize({ local: { key: options.key ?? masterKey } })),
    keyCache: new KeyCache(options.keyExpirationMS ?? 60_000, () => clock.now),
    schemas: options.schemas ?? noSchemas,
    bypassQueryAnalysis: false,
  };
}

const noSchemas: Engine['schemas'] = {
  get: () => 'none',
  put: () => 'none',
  forget: () => undefined,
};

/** A key vault document with fixed or random material. */
export function makeKey(
  engine: Engine,
  options: { keyAltNames?: string[]; keyMaterial?: Buffer } = {},
): Uint8Array {
  const { keyAltNames = [], keyMaterial } = options;
  return run(
    createDataKey(engine, serialize({ provider: 'local' }), {
      keyAltNames: keyAltNames.map((keyAltName) => serialize({ keyAltName })),
      keyMaterial: keyMaterial && serialize({ keyMaterial }),
    }),
  ).output;
}
