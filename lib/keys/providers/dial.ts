// Opens connections to KMS servers, one server after the other, none of them for ever. Knows addresses only: TLS, with
// the check of the name in the certificate, is the driver's.
import 'server-only';
import { connect, type Socket } from 'node:net';

export interface Server {
  readonly host: string;
  readonly port: number;
}

export interface DialTimes {
  /** How long one server may take to accept the connection, in milliseconds. */
  readonly connectMs: number;
  /** How long a connection may stay silent before it is given up, in milliseconds. */
  readonly silenceMs: number;
}

/** A server that accepts and never answers would hold up a request for ever: the driver sets no limit. */
export const DIAL_TIMES: DialTimes = { connectMs: 3000, silenceMs: 10_000 };

/** Servers that accepted and then said nothing, and until when they are tried last; in milliseconds of the epoch. */
type Silent = Map<Server, number>;
const LAST_FOR_MS = 30_000;

/**
 * Dials the first of the servers that accepts. Every call begins with the first one again, so a server that was down is
 * used as soon as it is back; one that accepted and then said nothing is tried last for half a minute. What it returns
 * throws an Error that says of each server why not.
 */
export function createDialer(
  servers: readonly Server[],
  times: DialTimes = DIAL_TIMES,
): () => Promise<Socket> {
  const silent: Silent = new Map();
  return () => {
    const isLast = (server: Server): boolean => (silent.get(server) ?? 0) > Date.now();
    const order = [
      ...servers.filter((server) => !isLast(server)),
      ...servers.filter((server) => isLast(server)),
    ];
    return dialInOrder(order, times, (server) => silent.set(server, Date.now() + LAST_FOR_MS));
  };
}

/** One attempt at each of the servers, in this order. */
export async function dialInOrder(
  servers: readonly Server[],
  times: DialTimes = DIAL_TIMES,
  onSilence: (server: Server) => void = () => undefined,
): Promise<Socket> {
  const refusals: string[] = [];
  const causes: unknown[] = [];
  for (const server of servers) {
    try {
      return await dial(server, times, () => {
        onSilence(server);
      });
    } catch (error) {
      causes.push(error);
      const said = error instanceof Error ? wordsOf(error) : 'no reason';
      refusals.push(`${addressOf(server)} (${said})`);
    }
  }
  throw new AggregateError(causes, `No KMS server accepts a connection: ${refusals.join(', ')}`);
}

export function addressOf({ host, port }: Server): string {
  return `${host}:${port}`;
}

function dial(
  { host, port }: Server,
  { connectMs, silenceMs }: DialTimes,
  onSilence: () => void,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    const silent = (): void => {
      fail(new Error(`timed out: no answer within ${connectMs} ms`));
    };
    socket
      .setTimeout(connectMs, silent)
      .once('error', fail)
      .once('connect', () => {
        socket.off('error', fail).off('timeout', silent);
        socket.setTimeout(silenceMs, () => {
          onSilence();
          socket.destroy(new Error(`The KMS timed out: no answer within ${silenceMs} ms`));
        });
        // Between here and the driver's own listener nothing may end the process.
        socket.on('error', () => undefined);
        resolve(socket);
      });
  });
}

/** Of a name with several addresses Node tells only by the errors inside. */
function wordsOf(error: Error): string {
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  return inner instanceof Error ? inner.message : error.message;
}
