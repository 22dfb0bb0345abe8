import { createServer, type AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeProgress } from '../progress.ts';
import { demoSecret } from './demo-secret.ts';
import { requireFreePort } from './ports.ts';
import { buildIfChanged, digestSources } from './stamp.ts';
import { createSupervisor } from './supervisor.ts';

const folder = mkdtempSync(join(tmpdir(), 'medco-start-'));
const FOREVER = ['-e', 'setInterval(() => {}, 1000)'];

describe('supervisor', () => {
  it('stops what it started, last started first', async () => {
    const supervisor = createSupervisor();
    const order: string[] = [];
    for (const name of ['database', 'web server']) {
      supervisor.start(name, FOREVER).once('exit', () => order.push(name));
    }
    await supervisor.stop();
    expect(order).toEqual(['web server', 'database']);
  });
  it('reports a process that ends by itself', async () => {
    const supervisor = createSupervisor();
    supervisor.start('web server', ['-e', 'process.exit(3)']);
    await expect(supervisor.failure).rejects.toThrow('The web server ended by itself (code 3)');
  });
  it('does not report one that was stopped', async () => {
    const supervisor = createSupervisor();
    supervisor.start('database', FOREVER);
    await supervisor.stop();
    const first = await Promise.race([supervisor.failure, Promise.resolve('nothing')]);
    expect(first).toBe('nothing');
  });
  it('rejects when a build fails', async () => {
    const supervisor = createSupervisor();
    await expect(supervisor.run('build', ['-e', 'process.exit(1)'])).rejects.toThrow(
      'build failed',
    );
    await expect(supervisor.run('build', ['-e', ''])).resolves.toBeUndefined();
  });
});

describe('ports', () => {
  it('names a port that is in use, and the way out', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(requireFreePort(port, '127.0.0.1')).rejects.toThrow(
      `Port ${port} is in use: stop what runs there, or choose another with \`PORT\``,
    );
    await new Promise((resolve) => server.close(resolve));
    await expect(requireFreePort(port, '127.0.0.1')).resolves.toBeUndefined();
  });
});

describe('build stamps', () => {
  it('build once for the same sources, again for changed ones', async () => {
    const source = join(folder, 'a.txt');
    const ran: boolean[] = [];
    for (const content of ['one', 'one', 'two']) {
      writeFileSync(source, content);
      const digest = digestSources(folder, ['a.txt', 'missing.txt'], () => false);
      const stamp = join(folder, 'out/stamp');
      ran.push(await buildIfChanged(stamp, digest, () => Promise.resolve()));
    }
    expect(ran).toEqual([true, false, true]);
  });
  it('do not count a failed build as done', async () => {
    const stamp = join(folder, 'failed/stamp');
    const fail = () => Promise.reject(new Error('no'));
    await expect(buildIfChanged(stamp, 'x', fail)).rejects.toThrow('no');
    expect(await buildIfChanged(stamp, 'x', () => Promise.resolve())).toBe(true);
  });
});

describe('session secret of the demo', () => {
  it('is made once, for its owner alone', () => {
    const first = demoSecret(join(folder, 'data'));
    expect(first).toHaveLength(64);
    expect(demoSecret(join(folder, 'data'))).toBe(first);
    const file = join(folder, 'data/session-secret');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toBe(first);
  });
});

describe('progress', () => {
  it('says how far, how fast and how long', () => {
    expect(describeProgress('Patients', 100, 300, 500, 2000)).toBe(
      'Patients: 300 of 500, 50/s, 4 s left',
    );
    expect(describeProgress('Patients', 0, 0, 500, 0)).toBe('Patients: 0 of 500, 0/s');
    expect(describeProgress('Patients', 500, 500, 500, 5000)).toBe(
      'Patients: 500 of 500, 100/s, 5 s in all',
    );
  });
});
