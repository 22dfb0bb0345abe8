// Test runner: the steps of `npm test` in their order, one per claim.
import { ensureNativeDriver } from '../../peers/native-driver.ts';
import { ensureNode24 } from '../../peers/node24.ts';
import { down, PeersUnavailableError, runningFerretdb, up } from '../../peers/peers.ts';
import { findBrowser } from './browser.ts';
import { claim, skippedSuite, sum, type Outcome } from './outcome.ts';
import { playwright, tool, vitest } from './programs.ts';

export interface Step {
  /** What `npm test -- NAME` selects. */
  readonly name: string;
  readonly run: (say: (line: string) => void) => Promise<Outcome>;
  /** Runs beside the steps after it, since it leaves a processor free; its output comes in between theirs. */
  readonly beside?: true;
}

const holds = async (name: string, ...args: string[]): Promise<Outcome> =>
  claim([name, ...args].join(' '), await tool(name, args));

export const steps: readonly Step[] = [
  { name: 'build', run: () => holds('tsc', '-p', 'lib/encryption/tsconfig.build.json') },
  { name: 'types', run: typesHold },
  { name: 'lint', run: () => holds('eslint', '.', '--max-warnings=0'), beside: true },
  { name: 'format', run: () => holds('prettier', '--check', '--log-level=warn', '.') },
  { name: 'unit', run: () => vitest('unit') },
  // The same inputs each time; `npm run fuzz` without a seed tries others.
  {
    name: 'fuzz',
    run: () => holds('tsx', 'lib/encryption/fuzz/main.ts', '--seed=1', '--seconds=5'),
  },
  { name: 'integration-embedded', run: () => vitest('integration') },
  { name: 'integration-ferretdb', run: integrationOnFerretdb },
  { name: 'integration-mongodb', run: integrationOnMongodb },
  { name: 'keys', run: () => vitest('keys') },
  { name: 'integration-native', run: integrationOnNativeAddon },
  { name: 'encryption-node24', run: encryptionOnNode24, beside: true },
  { name: 'e2e', run: endToEnd },
];

/** Next writes the types of its routes first, so that a wrong link or page signature fails here. */
async function typesHold(): Promise<Outcome> {
  const generated = await tool('next', ['typegen']);
  return claim('tsc --noEmit', generated && (await tool('tsc', ['--noEmit'])));
}

/** The random commands of the analysis are many on the embedded server; elsewhere some of the same are enough. */
const FEWER_RUNS = { ANALYSIS_RUNS: '1500' };

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
    const server = { TEST_SERVER_URI: uri, TEST_SERVER_KIND: 'ferretdb' };
    return await vitest('integration', { ...server, ...FEWER_RUNS });
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

/** The driver with the official addon instead of this module, and both modules side by side. */
async function integrationOnNativeAddon(): Promise<Outcome> {
  try {
    await ensureNativeDriver();
  } catch (error) {
    if (!(error instanceof PeersUnavailableError)) throw error;
    return skippedSuite('integration with the official native addon', error.message);
  }
  return vitest('integration-native');
}

const ON_NODE_24 = ['lib/encryption/', 'lib/db/', 'lib/data/roles'];

/** The module's whole suite on a newer Node, against a server too, and the clients and the roles that stand on it. */
async function encryptionOnNode24(): Promise<Outcome> {
  let node: string;
  try {
    node = await ensureNode24();
  } catch (error) {
    if (!(error instanceof PeersUnavailableError)) throw error;
    return skippedSuite('the encryption module on Node 24', error.message);
  }
  return sum([
    await vitest('unit', {}, { node, files: ['lib/encryption/'], workers: 1 }),
    await vitest('integration', FEWER_RUNS, { node, workers: 1, files: ON_NODE_24 }),
  ]);
}

async function endToEnd(say: (line: string) => void): Promise<Outcome> {
  const browser = await findBrowser(say);
  // Without a browser nothing is proved, so this is a failure and no skip.
  return browser === undefined
    ? claim('no browser', false)
    : playwright({ CHROMIUM_PATH: browser });
}
