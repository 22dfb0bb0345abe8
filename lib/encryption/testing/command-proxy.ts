// Test support: a proxy between the driver and the server under test that can answer a command itself
// or cut the connection. It gives every server what only MongoDB has: fail points and views.
import { BSON, type Document } from 'mongodb';
import { connect, createServer, type Socket } from 'node:net';

/** What to do with a command: nothing, answer it with this document, or close the connection. */
export type Intervention = Document | 'close' | undefined;

export interface CommandProxy {
  readonly uri: string;
  readonly close: () => Promise<void>;
}

const opMsg = 2013;
const headerLength = 16;
/** Flag bits and the kind of the first section, before its document. */
const bodyStart = headerLength + 5;

/** The command of an OP_MSG whose first section is its body, as the driver writes it. */
function commandOf(message: Buffer): Document | undefined {
  const isCommand = message.readInt32LE(12) === opMsg && message[bodyStart - 1] === 0;
  return isCommand
    ? BSON.deserialize(message.subarray(bodyStart), { allowObjectSmallerThanBufferSize: true })
    : undefined;
}

function replyTo(message: Buffer, reply: Document): Buffer {
  const head = Buffer.alloc(bodyStart);
  const body = BSON.serialize(reply);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(message.readInt32LE(4), 8);
  head.writeInt32LE(opMsg, 12);
  return Buffer.concat([head, body]);
}

/** Starts a proxy in front of `uri`, of a single server. `intervene` sees every command first. */
export async function startCommandProxy(
  uri: string,
  intervene: (command: Document, name: string) => Intervention,
): Promise<CommandProxy> {
  const target = new URL(uri);
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => socket.destroy());
    }
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    upstream.on('data', (data: Buffer) => client.write(data));
    let pending = Buffer.alloc(0);
    client.on('data', (data: Buffer) => {
      pending = Buffer.concat([pending, data]);
      while (pending.length >= headerLength && pending.length >= pending.readInt32LE(0)) {
        const message = pending.subarray(0, pending.readInt32LE(0));
        pending = pending.subarray(message.length);
        const command = commandOf(message);
        const action = command && intervene(command, Object.keys(command)[0] ?? '');
        if (action === 'close') client.destroy();
        else if (action) client.write(replyTo(message, action));
        else upstream.write(message);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    uri: `mongodb://127.0.0.1:${String(port)}/?directConnection=true`,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };
}
