// Fuzzing: turns an operation as the state machine does, with the answers at hand, in bounded work.
import { ContextState, type Need, type Steps } from '../context/steps.ts';
import { promise } from './breach.ts';
import { keyDocument, otherKeyDocument } from './fixtures.ts';

/** A key, its token and three retries: no operation of the corpus needs more rounds. */
const maxRounds = 12;

export type Answer = (need: Need) => readonly Uint8Array[];

/** The key vault holds both keys; there are no collections and no credentials. */
export const answerWithKeys: Answer = ({ state }) =>
  state === ContextState.MONGOCRYPT_CTX_NEED_MONGO_KEYS ? [keyDocument, otherKeyDocument] : [];

/** The result of an operation. Throws what it throws, and `Breach` when it never ends. */
export function turn<Result>(steps: Steps<Result>, answer: Answer = answerWithKeys): Result {
  let step = steps.next([]);
  for (let round = 0; step.done !== true; round++) {
    promise(round < maxRounds, 'An operation goes on asking');
    step = steps.next(answer(step.value));
  }
  return step.value;
}
