// Commands: who the server is. It says that it is a standalone of a wire version that the driver accepts, and
// names itself wherever the protocol has a free text for it: it is never presented as MongoDB.
import { hostname } from 'node:os';

import { Long } from 'bson';

import { CommandError } from '../errors.ts';
import { MAX_DOCUMENT_BYTES } from '../query/values.ts';
import { MAX_MESSAGE_BYTES } from '../wire/frames.ts';
import type { CommandReply, CommandRequest, CommandTable } from './command.ts';
import { SESSION_MINUTES } from './retries.ts';

/** Wire version of MongoDB 7.0, whose commands this server's subset is taken from. */
const MAX_WIRE_VERSION = 21;
const VERSION = '7.0.0';

/** Without `topologyVersion` in its reply the driver polls; an awaitable hello is refused. */
function hello(field: 'isWritablePrimary' | 'ismaster') {
  return (request: CommandRequest): CommandReply => {
    if (request.options['maxAwaitTimeMS'] !== undefined) {
      throw new CommandError('CommandNotSupported', 'An awaitable hello is not supported');
    }
    return {
      ...(request.options['helloOk'] === true ? { helloOk: true } : {}),
      [field]: true,
      maxBsonObjectSize: MAX_DOCUMENT_BYTES,
      maxMessageSizeBytes: MAX_MESSAGE_BYTES,
      maxWriteBatchSize: 100_000,
      localTime: new Date(),
      logicalSessionTimeoutMinutes: SESSION_MINUTES,
      connectionId: request.connectionId,
      minWireVersion: 0,
      maxWireVersion: MAX_WIRE_VERSION,
      readOnly: false,
    };
  };
}

function buildInfo(): CommandReply {
  return {
    version: VERSION,
    gitVersion: 'medcomd-embedded',
    modules: [],
    allocator: 'system',
    javascriptEngine: 'none',
    versionArray: [7, 0, 0, 0],
    bits: 64,
    debug: false,
    maxBsonObjectSize: MAX_DOCUMENT_BYTES,
    storageEngines: ['lmdb'],
    medcomdEmbedded: true,
  };
}

function connectionStatus(): CommandReply {
  return { authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] } };
}

function serverStatus(request: CommandRequest): CommandReply {
  const { server } = request;
  const uptime = (Date.now() - server.startedAt) / 1000;
  return {
    host: `${hostname()}:${String(server.port)}`,
    version: VERSION,
    process: 'medcomd-embedded',
    pid: Long.fromNumber(process.pid),
    uptime,
    uptimeMillis: Long.fromNumber(Math.round(uptime * 1000)),
    localTime: new Date(),
    connections: { current: server.connections() },
    metrics: { cursor: { open: { total: Long.fromNumber(server.cursors.count()) } } },
    storageEngine: { name: 'lmdb', persistent: true },
    mem: { bits: 64, resident: Math.round(process.memoryUsage.rss() / 2 ** 20) },
  };
}

export const handshakeCommands: CommandTable = {
  hello: { options: [], lenient: true, run: hello('isWritablePrimary') },
  isMaster: { options: [], lenient: true, run: hello('ismaster') },
  ismaster: { options: [], lenient: true, run: hello('ismaster') },
  ping: { options: [], run: () => ({}) },
  buildInfo: { options: [], run: buildInfo },
  buildinfo: { options: [], run: buildInfo },
  connectionStatus: { options: ['showPrivileges'], run: connectionStatus },
  whatsmyuri: { options: [], run: (request) => ({ you: request.remoteAddress }) },
  serverStatus: { options: ['repl', 'metrics', 'locks'], run: serverStatus },
  hostInfo: {
    options: [],
    run: () => ({ system: { currentTime: new Date(), hostname: hostname(), cpuAddrSize: 64 } }),
  },
};
