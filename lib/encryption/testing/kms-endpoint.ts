// Test support: a TLS endpoint on loopback that stands for a cloud KMS. Each cloud's handler speaks
// its real protocol and refuses what the cloud would refuse.
import { createServer } from 'node:https';
import type { Certificates } from './certificates.ts';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface EndpointReply {
  readonly status: number;
  readonly body: object;
}

export interface KmsEndpoint {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  readonly requests: readonly ReceivedRequest[];
  /** The next requests get these statuses, or no answer and a closed connection. */
  readonly failNext: (...failures: (number | 'network')[]) => void;
  readonly close: () => Promise<void>;
}

/** Starts an endpoint. */
export async function startKmsEndpoint(
  certificates: Certificates,
  handle: (request: ReceivedRequest) => EndpointReply | Promise<EndpointReply>,
): Promise<KmsEndpoint> {
  const requests: ReceivedRequest[] = [];
  const failures: (number | 'network')[] = [];
  const server = createServer(certificates.server, (message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      const headers = Object.fromEntries(
        Object.entries(message.headers).map(([name, value]) => [name, String(value)]),
      );
      const request = {
        method: message.method ?? '',
        path: message.url ?? '',
        headers,
        body: Buffer.concat(chunks).toString(),
      };
      requests.push(request);
      const failure = failures.shift();
      if (failure === 'network') {
        message.socket.destroy();
        return;
      }
      const reply = failure === undefined ? handle(request) : { status: failure, body: {} };
      Promise.resolve(reply).then(
        ({ status, body }) => {
          response.writeHead(status, { 'Content-Type': 'application/json' });
          response.end(JSON.stringify(body));
        },
        (error: unknown) => {
          response.writeHead(500);
          response.end(JSON.stringify({ message: error instanceof Error ? error.message : '' }));
        },
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    address: `127.0.0.1:${String(port)}`,
    requests,
    failNext: (...next) => void failures.push(...next),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}
