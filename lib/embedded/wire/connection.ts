// Wire layer: one client's socket. Requests of one connection are answered one after the other, in order;
// a malformed message closes this connection and nothing else. What a command does is the handler's business.
import type { Socket } from 'node:net';

import { FrameReader } from './frames.ts';
import { buildReply, parseMessage, type WireRequest } from './messages.ts';

/** Answers one request with the reply document's bytes. Must not throw: failures are replies too. */
export type RequestHandler = (request: WireRequest) => Promise<Uint8Array>;

/** Pause reading while this many requests wait; a client that never reads replies cannot fill the memory. */
const MAX_WAITING = 16;

let lastRequestId = 0;

/** Serves a socket until it closes. `log` gets one line for every connection that had to be closed. */
export function serveConnection(
  socket: Socket,
  handle: RequestHandler,
  log: (line: string) => void,
): void {
  const frames = new FrameReader();
  const waiting: Buffer[] = [];
  let busy = false;

  const fail = (error: unknown) => {
    const reason = error instanceof Error ? error.message : 'unknown error';
    log(`connection closed: ${reason}`);
    socket.destroy();
  };

  const work = async () => {
    if (busy) return;
    busy = true;
    for (let message = waiting.shift(); message && !socket.destroyed; message = waiting.shift()) {
      if (waiting.length < MAX_WAITING) socket.resume();
      await answer(socket, message, handle);
    }
    busy = false;
  };

  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    try {
      waiting.push(...frames.push(chunk));
    } catch (error) {
      fail(error);
      return;
    }
    if (waiting.length > MAX_WAITING) socket.pause();
    work().catch(fail);
  });
}

async function answer(socket: Socket, message: Buffer, handle: RequestHandler): Promise<void> {
  const request = parseMessage(message);
  const document = await handle(request);
  if (request.moreToCome || socket.destroyed) return;
  lastRequestId = (lastRequestId + 1) & 0x7fffffff;
  const reply = buildReply(request, lastRequestId, document);
  if (!socket.write(reply)) await drained(socket);
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.once('drain', done);
    socket.once('close', done);
  });
}
