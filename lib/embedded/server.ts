// The embedded server as a whole: one storage directory, one loopback port, any number of connections.
// For people who have no MongoDB at hand; it is not MongoDB and has no access control.
import { createServer, type Server, type Socket } from 'node:net';

import type { ServerState } from './commands/command.ts';
import { CursorStore } from './commands/cursors.ts';
import { dispatch } from './commands/dispatch.ts';
import { RetryLog } from './commands/retries.ts';
import { openStorage } from './storage/storage.ts';
import type { OpenStorageOptions } from './storage/types.ts';
import { serveConnection } from './wire/connection.ts';

export interface EmbeddedServerOptions {
  /** The data directory; created if it does not exist, locked while the server runs. */
  directory: string;
  /** 0 or nothing: any free port. */
  port?: number;
  /** A loopback address; anything else is refused with RangeError. */
  host?: string;
  /** Gets one line for each connection that was closed for an error. Default: standard error. */
  log?: (line: string) => void;
  /** For an encrypted directory: `encryptedDatabaseFile` of encryption-at-rest/. Default: a clear directory. */
  databaseFile?: OpenStorageOptions['databaseFile'];
}

export interface EmbeddedServer {
  /** For MongoClient. */
  uri: string;
  port: number;
  /** Ends all connections, waits for writes under way, releases the directory. */
  close: () => Promise<void>;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * Opens the directory and listens. Rejects if another process holds the directory (its pid is named), if the
 * port is taken, or if the host is not a loopback address.
 */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const host = options.host ?? '127.0.0.1';
  if (!LOOPBACK.has(host)) {
    throw new RangeError(
      'Expected `host` to be a loopback address: this server has no access control',
    );
  }
  const log = options.log ?? ((line) => process.stderr.write(`embedded database: ${line}\n`));
  const storage = await openStorage({
    directory: options.directory,
    ...(options.databaseFile && { databaseFile: options.databaseFile }),
  });
  const sockets = new Set<Socket>();
  const state: ServerState = {
    storage,
    cursors: new CursorStore(),
    retries: new RetryLog(),
    startedAt: Date.now(),
    host,
    port: options.port ?? 0,
    connections: () => sockets.size,
  };
  const server = createServer((socket) => accept(socket, sockets, state, log));
  try {
    state.port = await listen(server, host, options.port ?? 0);
  } catch (error) {
    state.cursors.closeAll();
    await storage.close();
    throw error;
  }
  const authority = host.includes(':') ? `[${host}]` : host;
  return {
    uri: `mongodb://${authority}:${String(state.port)}/?directConnection=true`,
    port: state.port,
    close: () => close(server, sockets, state),
  };
}

let lastConnectionId = 0;

function accept(
  socket: Socket,
  sockets: Set<Socket>,
  state: ServerState,
  log: (line: string) => void,
): void {
  const connectionId = ++lastConnectionId;
  const remoteAddress = `${socket.remoteAddress ?? ''}:${String(socket.remotePort ?? 0)}`;
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
  serveConnection(
    socket,
    (request) => dispatch(request, state, { connectionId, remoteAddress }, log),
    log,
  );
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

async function close(server: Server, sockets: Set<Socket>, state: ServerState): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  for (const socket of sockets) socket.destroy();
  await closed;
  state.cursors.closeAll();
  await state.storage.close();
}
