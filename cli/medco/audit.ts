// `medco audit verify`: whether the audit log is what was written, with the first bad position if not.
import { verifyChain } from '../../lib/audit/verify.ts';
import { createProgress, type Progress } from '../progress.ts';
import type { ChainProblem } from '../../schemas/audit-log.ts';
import { readOptions, say, UsageError, type Command } from './command.ts';
import { withDatabase } from './with-database.ts';

export const auditCommand: Command = {
  name: 'audit',
  usage: [
    ['audit verify', 'follows the hash chain of the audit log, names the first bad position'],
  ],
  run: async ([action, ...args], supervisor) => {
    if (action !== 'verify') throw new UsageError('Expected `audit` verify');
    readOptions(args, {});
    await withDatabase(supervisor, verify);
  },
};

const PROBLEMS: Record<ChainProblem, string> = {
  'no-event': 'it is no event of this log',
  missing: 'the event at this position is missing',
  misplaced: 'it stands where another event belongs',
  'field-added': 'a field was added to it',
  changed: 'it was changed',
  unlinked: 'it does not follow the event before it',
  'other-head': 'the signed head has another',
  'forged-head': 'the signed head was not written by this clinic',
  'no-head': 'the signed head is missing',
  'cut-off': 'this event and all after it are missing',
};

async function verify(): Promise<void> {
  let bar: Progress | undefined;
  const { verified, bad, headReplacedAt } = await verifyChain((read, all) => {
    bar ??= createProgress('Events', all, process.stderr);
    bar.update(read, read);
  });
  bar?.finish();
  for (const position of headReplacedAt) {
    say(
      `The signed head was gone before position ${position}: what was cut off there, if any, nobody can tell`,
    );
  }
  if (bad !== null) {
    throw new Error(
      `Position ${bad.position}: ${PROBLEMS[bad.problem]}. ${verified} events before it are intact`,
    );
  }
  say(`${verified} events, all intact, up to the signed head`);
}
