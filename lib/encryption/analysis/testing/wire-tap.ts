// Test inputs of layer analysis: a TCP relay that keeps the bytes that a client sends to its server.
// Command monitoring shows what the driver meant to send; this is what was sent.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface WireTap {
  /** The server's connection string, by way of the relay. */
  readonly uri: string;
  /** All bytes sent since the last call. */
  readonly take: () => Buffer;
  readonly close: () => Promise<void>;
}

/** Starts a relay to a server on one TCP address. */
export async function tapWire(serverUri: string): Promise<WireTap> {
  const target = new URL(serverUri);
  const sockets = new Set<Socket>();
  let sent: Buffer[] = [];
  const relay = createServer((client) => {
    const server = connect(Number(target.port || 27017), target.hostname);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
    client.on('data', (bytes) => sent.push(bytes));
    client.pipe(server);
    server.pipe(client);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const uri = new URL(serverUri);
  uri.hostname = '127.0.0.1';
  uri.port = String((relay.address() as AddressInfo).port);
  uri.searchParams.set('directConnection', 'true');
  return {
    uri: uri.href,
    take: () => {
      const bytes = Buffer.concat(sent);
      sent = [];
      return bytes;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => relay.close(() => resolve()));
    },
  };
}
