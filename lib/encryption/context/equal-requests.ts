// Layer context: equal messages of one round are sent once. Knows nothing of what they ask.
import type { KmsRequest } from '../kms/index.ts';

/** Many keys under one master key want the same access token: equal questions are asked once. */
export function withoutRepeats(requests: readonly KmsRequest[]): KmsRequest[] {
  const byQuestion = new Map<string, KmsRequest[]>();
  for (const request of requests) {
    const { kmsProvider, endpoint, message } = request;
    const question = `${kmsProvider} ${endpoint} ${message.toString('latin1')}`;
    const equal = byQuestion.get(question);
    if (equal) equal.push(request);
    else byQuestion.set(question, [request]);
  }
  return [...byQuestion.values()].flatMap(([first, ...repeats]) => {
    if (!first || repeats.length === 0) return first ?? [];
    return answeringAll(first, repeats);
  });
}

/** `first`, whose answer goes to the others as well: they read the same bytes as it does. */
function answeringAll(first: KmsRequest, others: readonly KmsRequest[]): KmsRequest {
  const { uSleep, kmsProvider, endpoint, message } = first;
  return {
    addResponse: (response) => {
      for (const request of [first, ...others]) request.addResponse(response);
    },
    fail: () => first.fail(),
    get status() {
      return first.status;
    },
    get bytesNeeded() {
      return first.bytesNeeded;
    },
    uSleep,
    kmsProvider,
    endpoint,
    message,
  };
}
