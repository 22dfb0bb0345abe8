// `medco records verify`: whether every record is as the clinic left it (docs/integrity.md).
import { verifyRecords } from '../../lib/data/verify-records.ts';
import { createProgress, type Progress } from '../progress.ts';
import { readOptions, say, UsageError, type Command } from './command.ts';
import { withDatabase } from './with-database.ts';

export const recordsCommand: Command = {
  name: 'records',
  usage: [
    ['records verify', 'reads every record, names those that were changed outside the clinic'],
  ],
  run: async ([action, ...args], supervisor) => {
    if (action !== 'verify') throw new UsageError('Expected `records` verify');
    readOptions(args, {});
    await withDatabase(supervisor, verify);
  },
};

async function verify(): Promise<void> {
  let bar: Progress | undefined;
  const { genuine, erased, tampered } = await verifyRecords((read, all) => {
    bar ??= createProgress('Records', all, process.stderr);
    bar.update(read, read);
  });
  bar?.finish();
  for (const { id, fields } of tampered) say(`${id}: ${fields.join(', ')}`);
  if (tampered.length > 0) {
    throw new Error(
      `${tampered.length} of ${genuine + erased + tampered.length} records are not as the clinic left them`,
    );
  }
  say(`${genuine} records, all as the clinic left them; ${erased} erased`);
}
