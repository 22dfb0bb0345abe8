// Test support: turns a context of either side as the driver for Node does, and writes down all that
// it says: states, filters and messages.
import { BSON } from 'bson';
import type { EngineContext } from './modules.ts';

export interface Message {
  readonly provider: string;
  readonly endpoint: string;
  readonly bytes: Buffer;
}

export interface Transcript {
  readonly states: readonly number[];
  /** Operations for the server, as BSON bytes, in order. */
  readonly operations: readonly Buffer[];
  /** Messages for a KMS, in order. */
  readonly messages: readonly Message[];
  readonly output: Buffer;
}

export interface World {
  /** The documents that answer a filter for the key vault. */
  readonly keys?: (filter: Buffer) => readonly Uint8Array[];
  /** The documents that answer a filter for `listCollections`. */
  readonly collections?: (filter: Buffer) => readonly Uint8Array[];
  /** The reply of the analyser, for the side that has none of its own. */
  readonly markings?: (command: Buffer) => Uint8Array;
  /** The whole answer of a KMS. */
  readonly kms?: (message: Message) => Buffer;
  /** The option `kmsProviders` with credentials, for state 7. */
  readonly credentials?: () => Uint8Array;
}

const none = (): readonly Uint8Array[] => [];
const maxSteps = 100;

/** Runs to DONE. Throws an Error with the status message in state ERROR, as the driver does. */
export function converse(context: EngineContext, world: World = {}): Transcript {
  const states: number[] = [];
  const operations: Buffer[] = [];
  const messages: Message[] = [];
  let output = Buffer.alloc(0);
  const answerMongo = (answer: (operation: Buffer) => readonly Uint8Array[]): void => {
    const operation = context.nextMongoOperation();
    // A filter that could not be made: the next state is ERROR.
    if (operation.length === 0) return;
    operations.push(operation);
    for (const document of answer(operation)) context.addMongoOperationResponse(document);
    context.finishMongoOperation();
  };
  for (let step = 0; step < maxSteps; step++) {
    const { state } = context;
    if (state === 0) throw new Error(context.status.message);
    if (state === 6) return { states, operations, messages, output };
    states.push(state);
    if (state === 1) answerMongo(world.collections ?? none);
    else if (state === 2) answerMongo((command) => [markings(world, command)]);
    else if (state === 3) answerMongo(world.keys ?? none);
    else if (state === 4) messages.push(...answerKms(context, world));
    else if (state === 5) output = Buffer.from(context.finalize());
    else if (state === 7) context.provideKMSProviders(credentials(world));
    else throw new Error(`Expected a state of libmongocrypt, got ${state}`);
  }
  throw new Error('Expected an end');
}

function markings({ markings: answer }: World, command: Buffer): Uint8Array {
  if (!answer) throw new Error('Expected no question for markings');
  return answer(command);
}

function credentials({ credentials: answer }: World): Uint8Array {
  if (!answer) throw new Error('Expected no question for credentials');
  return answer();
}

function answerKms(context: EngineContext, { kms }: World): Message[] {
  const requests = [];
  // The driver takes all of them before it answers the first.
  for (let next = context.nextKMSRequest(); next; next = context.nextKMSRequest()) {
    requests.push(next);
  }
  const messages = requests.map((request) => {
    const { kmsProvider: provider, endpoint, message: bytes } = request;
    return { request, message: { provider, endpoint, bytes } };
  });
  for (const { request, message } of messages) {
    if (!kms) throw new Error('Expected no message to a KMS');
    const reply = kms(message);
    for (let at = 0; request.bytesNeeded > 0 && at < reply.length;) {
      const chunk = reply.subarray(at, at + request.bytesNeeded);
      at += chunk.length;
      request.addResponse(chunk);
    }
  }
  context.finishKMSRequests();
  return messages.map(({ message }) => message);
}

/** What a context says, in a form that reads well when two of them differ. */
export function readable({ states, operations, messages }: Transcript): object {
  return {
    states,
    operations: operations.map((bytes) => BSON.EJSON.stringify(BSON.deserialize(bytes))),
    bytes: operations.map((bytes) => bytes.toString('hex')),
    messages: messages.map(({ provider, endpoint, bytes }) => ({
      provider,
      endpoint,
      bytes: bytes.toString('latin1'),
    })),
  };
}
