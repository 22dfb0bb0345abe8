// Fuzzing: feeds the bytes of a KMS's reply to a conversation, whole or in pieces, as the driver does.
import type { Conversation, KmsOutcome, KmsRequest } from '../kms/index.ts';
import { promise } from './breach.ts';

/** Retries of a passing status end after four messages; a token comes before the key. */
const maxMessages = 9;

function feed(request: KmsRequest, reply: Buffer, piece: number): void {
  for (let at = 0; at < reply.length && request.bytesNeeded > 0;) {
    const needed = request.bytesNeeded;
    promise(Number.isSafeInteger(needed) && needed < 2 ** 31, 'Bytes are needed without end');
    const end = Math.min(reply.length, at + (piece === 0 ? needed : piece));
    request.addResponse(reply.subarray(at, end));
    at = end;
  }
  request.addResponse(new Uint8Array(0));
  promise(request.bytesNeeded >= 0, 'Less than no bytes are needed');
}

/**
 * The result of a conversation that gets `replies` in turn, the last one as often as it asks.
 * `piece` is how many bytes come at once; 0 for as many as are asked for.
 */
export function converse(outcome: KmsOutcome, replies: readonly Buffer[], piece: number): Buffer {
  if (Buffer.isBuffer(outcome)) return outcome;
  const steps: Conversation = outcome;
  let step = steps.next();
  for (let sent = 0; step.done !== true; sent++) {
    promise(sent < maxMessages, 'A conversation goes on asking');
    const reply = replies[Math.min(sent, replies.length - 1)] ?? Buffer.alloc(0);
    feed(step.value, reply, piece);
    step = steps.next();
  }
  return step.value;
}

/** An HTTP response with a JSON body. */
export function httpReply(status: number, body: object, chunked = false): Buffer {
  const text = JSON.stringify(body);
  const head = `HTTP/1.1 ${status} Word\r\nContent-Type: application/json\r\n`;
  if (!chunked) return Buffer.from(`${head}Content-Length: ${text.length}\r\n\r\n${text}`);
  const middle = text.length >> 1;
  const chunk = (part: string): string => `${part.length.toString(16)}\r\n${part}\r\n`;
  const chunks = `${chunk(text.slice(0, middle))}${chunk(text.slice(middle))}0\r\n\r\n`;
  return Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n${chunks}`);
}
