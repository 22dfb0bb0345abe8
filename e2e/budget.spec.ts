// What each page costs the browser at its first visit, printed for every run, and the most that it may cost. With
// `BARE_PAGE_URL` (npm run bench:pages) also as a ratio to what is there.
import type { Browser } from '@playwright/test';
import { expect, newSessionPage, test } from './clinic';
import { kilobytes, measureFirstLoad } from './first-load';
import { CLINIC_PAGES } from './page-list';

/** Compressed bytes of scripts. Who needs more makes the clinic slower for everybody: see docs/decisions/screens.md. */
const MOST_SCRIPTS = 300_000;

test('Every page loads quickly: its scripts stay within the budget', async ({
  browser,
  anyPatient,
}) => {
  test.slow();
  const bare = await bareScripts(browser);
  const heavy: string[] = [];
  const lines: string[] = [];
  for (const { name, who, path } of CLINIC_PAGES) {
    const page = await newSessionPage(browser, who);
    const load = await measureFirstLoad(page, path(anyPatient.id));
    await page.context().close();
    const ratio = bare === null ? '' : ` (${(load.scripts / bare).toFixed(2)}x)`;
    lines.push(
      `${name.padEnd(28)} scripts ${kilobytes(load.scripts).padStart(9)}${ratio}, styles ${kilobytes(load.styles)}, ` +
        `document ${kilobytes(load.document)}, ${load.requests} requests`,
    );
    if (load.scripts > MOST_SCRIPTS || load.scripts === 0) heavy.push(name);
  }
  process.stdout.write(`First load of every page, compressed:\n  ${lines.join('\n  ')}\n`);
  expect(heavy).toEqual([]);
});

async function bareScripts(browser: Browser): Promise<number | null> {
  const url = process.env.BARE_PAGE_URL;
  if (url === undefined) return null;
  const page = await browser.newPage();
  const { scripts } = await measureFirstLoad(page, url);
  await page.close();
  process.stdout.write(`A bare page of Next.js: scripts ${kilobytes(scripts)} (1.00x)\n`);
  return scripts;
}
