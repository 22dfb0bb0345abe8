// Test runner: the steps of `npm test` in their order, one per claim.
import { down, PeersUnavailableError, runningFerretdb, up } from '../../peers/peers.ts';
import { findBrowser } from './browser.ts';
import { claim, skippedSuite, type Outcome } from './outcome.ts';
import { playwright, tool, vitest } from './programs.ts';

export interface Step {
  /** What `npm test -- NAME` selects. */
  readonly name: string;
  readonly run: (say: (line: string) => void) => Promise<Outcome>;
}

const holds = async (name: string, ...args: string[]): Promise<Outcome> =>
  claim(await tool(name, args));

export const steps: readonly Step[] = [
  { name: 'build', run: () => holds('tsc', '-p', 'lib/encryption/tsconfig.build.json') },
  { name: 'types', run: typesHold },
  { name: 'lint', run: () => holds('eslint', '.', '--max-warnings=0') },
  { name: 'format', run: () => holds('prettier', '--check', '--log-level=warn', '.') },
  { name: 'unit', run: () => vitest('unit') },
  { name: 'integration-embedded', run: () => vitest('integration') },
  { name: 'integration-ferretdb', run: integrationOnFerretdb },
  { name: 'integration-mongodb', run: integrationOnMongodb },
  { name: 'e2e', run: endToEnd },
];

/** Next writes the types of its routes first, so that a wrong link or page signature fails here. */
async function typesHold(): Promise<Outcome> {
  const generated = await tool('next', ['typegen']);
  return claim(generated && (await tool('tsc', ['--noEmit'])));
}

async function integrationOnFerretdb(say: (line: string) => void): Promise<Outcome> {
  const wasRunning = (await runningFerretdb()) !== undefined;
  let uri: string;
  try {
    uri = await up(say);
  } catch (error) {
    if (!(error instanceof PeersUnavailableError)) throw error;
    return skippedSuite('integration on FerretDB', error.message);
  }
  try {
    return await vitest('integration', { TEST_SERVER_URI: uri, TEST_SERVER_KIND: 'ferretdb' });
  } finally {
    if (!wasRunning) await down();
  }
}

async function integrationOnMongodb(): Promise<Outcome> {
  const uri = process.env['MONGODB_TEST_URI'];
  if (uri === undefined || uri === '') {
    return skippedSuite('integration on MongoDB', '`MONGODB_TEST_URI` names no server');
  }
  return vitest('integration', { TEST_SERVER_URI: uri, TEST_SERVER_KIND: 'mongodb' });
}

async function endToEnd(say: (line: string) => void): Promise<Outcome> {
  const browser = await findBrowser(say);
  // Without a browser nothing is proved, so this is a failure and no skip.
  return browser === undefined ? claim(false) : playwright({ CHROMIUM_PATH: browser });
}
