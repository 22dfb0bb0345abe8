// Which server is used, and that none is waited for without end.
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { createDialer, dialInOrder, type DialTimes } from './dial';

const listening: Server[] = [];
const host = '127.0.0.1';
const patient: DialTimes = { connectMs: 5000, silenceMs: 5000 };

async function listen(port = 0): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.on('error', () => undefined).resume());
  listening.push(server);
  await once(server.listen(port, host), 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

async function close(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}

async function portOf(ports: readonly number[], times = patient): Promise<number | undefined> {
  const socket = await dialInOrder(
    ports.map((port) => ({ host, port })),
    times,
  );
  const { remotePort } = socket;
  socket.destroy();
  return remotePort;
}

afterEach(async () => {
  await Promise.all(listening.splice(0).map(close));
});

describe('dialling servers in order', () => {
  it('takes the first, the second while that is down, and the first again once it is back', async () => {
    const [first, second] = [await listen(), await listen()];
    const ports = [first.port, second.port];
    expect(await portOf(ports)).toBe(first.port);
    await close(first.server);
    expect(await portOf(ports)).toBe(second.port);
    await listen(first.port);
    expect(await portOf(ports)).toBe(first.port);
  });

  it('says of each server why not', async () => {
    const [first, second] = [await listen(), await listen()];
    await Promise.all([close(first.server), close(second.server)]);
    const said = new RegExp(
      `^No KMS server accepts a connection: ${host}:${first.port} \\(.*ECONNREFUSED.*\\), ${host}:${second.port} \\(.*\\)$`,
    );
    await expect(portOf([first.port, second.port])).rejects.toThrow(said);
  });

  it('gives up a connection that stays silent', async () => {
    const { port } = await listen();
    const socket = await dialInOrder([{ host, port }], { connectMs: 5000, silenceMs: 20 });
    const [error] = (await once(socket, 'error').catch((caught: unknown) => [caught])) as [Error];
    expect(error.message).toBe('The KMS timed out: no answer within 20 ms');
    expect(socket.destroyed).toBe(true);
  });

  it('tries a server that stayed silent after the others, and it alone where there is no other', async () => {
    const [first, second] = [await listen(), await listen()];
    const servers = [first, second].map(({ port }) => ({ host, port }));
    const dial = createDialer(servers, { connectMs: 5000, silenceMs: 20 });
    const socket = await dial();
    expect(socket.remotePort).toBe(first.port);
    // `once` of node:events would reject with the error that comes before.
    await new Promise((resolve) => socket.once('close', resolve));
    const next = await dial();
    expect(next.remotePort).toBe(second.port);
    next.destroy();
    await close(second.server);
    const again = await dial();
    expect(again.remotePort).toBe(first.port);
    again.destroy();
  });

  it('gives up a server that does not accept in time, and takes the next', async () => {
    // An address for documentation (RFC 5737), where nothing answers or nothing leads.
    const nowhere = { host: '192.0.2.1', port: 5696 };
    const { port } = await listen();
    const socket = await dialInOrder([nowhere, { host, port }], { connectMs: 50, silenceMs: 5000 });
    expect(socket.remotePort).toBe(port);
    socket.destroy();
    await expect(dialInOrder([nowhere], { connectMs: 50, silenceMs: 5000 })).rejects.toThrow(
      /192\.0\.2\.1:5696 \(.+\)$/,
    );
  });
});
