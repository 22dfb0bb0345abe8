// Test runner: finds a Chromium for the end-to-end stories, or gets one, and says which and how.
import { existsSync } from 'node:fs';
import { chromium } from '@playwright/test';
import { succeeds, tool } from './programs.ts';

/** The shell first: Chromium without the parts that only a window needs, as Playwright's own download is. */
const systemBrowsers = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** The path of a browser, or undefined if none could be found or installed. */
export async function findBrowser(say: (line: string) => void): Promise<string | undefined> {
  const present = installed();
  if (present !== undefined) {
    say(`browser: ${present}`);
    return present;
  }
  say("no browser found, asking Playwright for its own: 'npx playwright install chromium'");
  await tool('playwright', ['install', 'chromium']);
  if (installed() === undefined && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    await succeeds('apt-get', ['update', '-qq']);
    for (const name of ['chromium-headless-shell', 'chromium']) {
      if (installed() !== undefined) break;
      say(`that did not work, installing the system's: 'apt-get install ${name}'`);
      await succeeds('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], {
        DEBIAN_FRONTEND: 'noninteractive',
      });
    }
  }
  const found = installed();
  say(found === undefined ? 'no browser could be installed' : `browser: ${found}`);
  return found;
}

function installed(): string | undefined {
  const named = process.env['CHROMIUM_PATH'];
  return [named, chromium.executablePath(), ...systemBrowsers].find(
    (path) => path !== undefined && path !== '' && existsSync(path),
  );
}
