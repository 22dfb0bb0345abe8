// `medco kms …`: whether the CMKs of the settings and of the database can be used, and creating one at AWS. Prints
// names of keys and what the KMS says; never a key or a credential.
import { currentKeyPolicy } from '../../lib/db/connections.ts';
import { platformCredentials } from '../../lib/keys/aws/credentials.ts';
import { KeyError } from '../../lib/keys/errors.ts';
import {
  configuredMasterKey,
  describeMasterKey,
  isSameMasterKey,
  withIdentifierOf,
  type CustomerMasterKey,
} from '../../lib/keys/kms.ts';
import { preflight, type PreflightCheck } from '../../lib/keys/preflight.ts';
import { prepareMasterKey } from '../setup/prepare.ts';
import { readOptions, say, UsageError, type Command } from './command.ts';
import { withServer } from './with-database.ts';

export const kmsCommand: Command = {
  name: 'kms',
  usage: [
    ['kms check [--provider P]', 'tries every permission that the clinic needs at its KMS'],
    [
      'kms create-cmk --alias A [--region R] [--no-rotation]',
      'creates a CMK at AWS with alias and yearly rotation',
    ],
  ],
  run: async ([action, ...args], supervisor) => {
    if (action === 'create-cmk') return createAtAws(args);
    if (action !== 'check') throw new UsageError('Expected `kms` check or create-cmk');
    const { provider } = readOptions(args, { provider: { type: 'string' } });
    await withServer(supervisor, () => {
      prepareMasterKey();
      return check(provider);
    });
  },
};

async function check(provider: string | undefined): Promise<void> {
  let failed = 0;
  for (const [cmk, why] of await wanted(provider)) {
    say(`${describeMasterKey(cmk)}: ${why}`);
    const report = await preflight(cmk);
    for (const each of report.checks) say(line(each));
    const given: unknown = report.cmk.masterKey?.['keyId'];
    if (typeof given === 'string' && cmk.masterKey?.['keyId'] === undefined) {
      say(`  The server made ${describeMasterKey(report.cmk)} for this`);
    }
    if (!report.ok) failed++;
  }
  // What failed was said; this is for whoever waits for the command.
  if (failed > 0) throw new Error(failed === 1 ? 'The CMK cannot be used' : 'CMKs cannot be used');
  say('Everything that the clinic needs is permitted');
}

/** The CMK of the database and the one of the settings, or those of one provider. */
async function wanted(provider: string | undefined): Promise<[CustomerMasterKey, string][]> {
  if (provider !== undefined) {
    return [[configuredMasterKey(provider as CustomerMasterKey['provider']), 'from the settings']];
  }
  const named = configuredMasterKey();
  const inForce = await policyMasterKey();
  if (inForce === undefined) return [[named, 'for the first keys of a new database']];
  const configured = withIdentifierOf(named, inForce);
  const both: [CustomerMasterKey, string] = [inForce, 'in force in this database'];
  if (isSameMasterKey(configured, inForce)) return [both];
  return [both, [configured, 'from the settings, not in force']];
}

/** Undefined before setup. */
async function policyMasterKey(): Promise<CustomerMasterKey | undefined> {
  try {
    return (await currentKeyPolicy()).cmk;
  } catch (error) {
    if (error instanceof KeyError && error.code === 'VAULT') return undefined;
    throw error;
  }
}

const OUTCOMES = { passed: 'passed ', failed: 'FAILED ', skipped: 'skipped' } as const;

function line({ name, outcome, problem }: PreflightCheck): string {
  return `  ${OUTCOMES[outcome]}  ${name}${problem === null ? '' : `: ${problem}`}`;
}

async function createAtAws(args: readonly string[]): Promise<void> {
  const { alias, region, endpoint, ...options } = readOptions(args, {
    alias: { type: 'string' },
    region: { type: 'string' },
    'no-rotation': { type: 'boolean' },
    endpoint: { type: 'string' },
    'ca-file': { type: 'string' },
  });
  if (alias === undefined) throw new UsageError('Expected `--alias`');
  // AWS's client is loaded by those who need it only.
  const [{ createKmsClient }, { createCmk }] = await Promise.all([
    import('../../lib/keys/aws/client.ts'),
    import('../../lib/keys/aws/create-cmk.ts'),
  ]);
  const client = createKmsClient({
    ...{ region, endpoint, credentials: platformCredentials },
    tls: { tlsCAFile: options['ca-file'] },
  });
  try {
    const rotation = options['no-rotation'] !== true;
    const { arn } = await createCmk(client, { alias, rotation, onStep: say });
    say(`The CMK is ready. For the clinic:\n  KMS_PROVIDER=aws\n  KMS_AWS_KEY=${arn}`);
  } finally {
    client.destroy();
  }
}
