// Bench: what each page of the clinic costs the browser at its first visit, beside a bare page of the same Next.js. Both are
// built for production and served by this machine; e2e/budget.spec.ts measures them in one browser.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { awaitAnswer } from '../cli/start/await-answer.ts';
import { requireFreePort } from '../cli/start/ports.ts';
import { findBrowser } from '../cli/test/browser.ts';

const PORT = 3290;
const HOST = '127.0.0.1';
const BARE_PAGE = join('bench', 'bare-page');
const PATIENCE_MS = 60_000;

type Output = 'inherit' | 'ignore';

function start(tool: string, args: readonly string[], output: Output, settings = {}): ChildProcess {
  return spawn(join('node_modules', '.bin', tool), args, {
    stdio: ['ignore', output, 'inherit'],
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', ...settings },
  });
}

async function finish(child: ChildProcess): Promise<void> {
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0)
    throw new Error(`Expected ${child.spawnargs.join(' ')} to succeed, got ${String(code)}`);
}

await requireFreePort(PORT, HOST);
const browser = await findBrowser((line) => process.stderr.write(`${line}\n`));
if (browser === undefined) throw new Error('Expected a browser, found none');
await finish(start('next', ['build', BARE_PAGE], 'ignore'));
const server = start('next', ['start', BARE_PAGE, '-p', String(PORT), '-H', HOST], 'ignore');
try {
  const url = `http://${HOST}:${PORT}/`;
  await awaitAnswer(url, PATIENCE_MS);
  const settings = { BARE_PAGE_URL: url, CHROMIUM_PATH: browser };
  await finish(start('playwright', ['test', 'e2e/budget.spec.ts'], 'inherit', settings));
} finally {
  server.kill('SIGTERM');
}
