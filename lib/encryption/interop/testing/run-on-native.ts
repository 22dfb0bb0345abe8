// Test support, run as a program: one operation on the native addon, in a process that it may end.
// `run-on-native.ts input TITLE` or `run-on-native.ts unavailable PROVIDER`; says what came of it.
import { writeSync } from 'node:fs';
import { badInputs } from './bad-inputs.ts';
import { createDataKey, failing } from './unavailable-kms.ts';

const [kind, name = ''] = process.argv.slice(2);
try {
  if (kind === 'unavailable') createDataKey('native', name, failing(503, 1));
  else badInputs.find(({ title }) => title === name)?.run('native');
  writeSync(1, 'accepted');
} catch (error) {
  writeSync(1, error instanceof Error ? error.message : 'refused');
}
