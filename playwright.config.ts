// Browser tests: the built clinic in demo mode, with data of its own that vanish afterwards. They run
// in Playwright's Chromium if that is installed, else in the one at CHROMIUM_PATH or the system's. Two
// stories at a time share one clinic, as two people do.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, defineConfig } from '@playwright/test';

const port = process.env.E2E_PORT ?? '3210';
const running = process.env.E2E_BASE_URL;
const baseURL = running ?? `http://localhost:${port}`;

function executablePath(): string | undefined {
  if (existsSync(chromium.executablePath())) return undefined;
  const shell = '/usr/bin/chromium-headless-shell';
  return process.env.CHROMIUM_PATH ?? (existsSync(shell) ? shell : '/usr/bin/chromium');
}

// Workers evaluate this file again, with the environment of the process that created the folder.
function temporaryDataDir(): string {
  const given = process.env.E2E_DATA_DIR;
  if (given !== undefined) return given;
  const created = mkdtempSync(join(tmpdir(), 'medcomd-e2e-'));
  process.env.E2E_DATA_DIR = created;
  process.once('exit', () => rmSync(created, { recursive: true, force: true }));
  return created;
}

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results/e2e',
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: process.env.CI !== undefined,
  reporter: [['list']],
  use: {
    baseURL,
    locale: 'en-US',
    timezoneId: 'UTC',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: executablePath(),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    },
  },
  webServer:
    running === undefined
      ? {
          command: 'npm start',
          url: `${baseURL}/sign-in`,
          timeout: 300_000,
          gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 },
          // Keys are forgotten soon, since the replacement of one waits for that.
          env: {
            PORT: port,
            MEDCO_MODE: 'demo',
            MEDCO_DATA_DIR: temporaryDataDir(),
            KEY_EXPIRATION_MS: '5000',
          },
        }
      : undefined,
});
