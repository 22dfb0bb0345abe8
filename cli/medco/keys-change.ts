// `medco keys create`, `keys alias`, `keys retire` and `keys erase`.
import { createInterface } from 'node:readline';
import { ObjectId } from 'mongodb';
import { storedPatients } from '../../lib/db/connections.ts';
import { sayIn } from '../../lib/i18n/say-in.ts';
import { SHARED_KEY_NAME } from '../../lib/keys/data-keys.ts';
import { findKey } from '../../lib/keys/inventory.ts';
import { addAlias, createNamedKey, removeAlias } from '../../lib/keys/named-keys.ts';
import {
  defaultBackupDir,
  erasePatient,
  retirePatientKey,
  retireSharedKey,
} from '../../lib/keys/operations/index.ts';
import { readOptions, say, UsageError } from './command.ts';
import { showPhases } from './keys-progress.ts';
import { verifyAndSay } from './keys-status.ts';
import { runAndSay } from './keys-wrap.ts';

/** Reads the arguments; what it returns needs the database. */
export function createCommand(args: readonly string[]): () => Promise<void> {
  const altName = readOptions(args, { 'alt-name': { type: 'string' } })['alt-name'];
  if (altName === undefined) throw new UsageError('Expected `--alt-name`');
  return async () => {
    const { id, created } = await createNamedKey(altName, null);
    say(
      `${created ? 'Made' : 'There is'} data key ${id.toHexString()} with the alt name ${altName}`,
    );
  };
}

export function aliasCommand([action, ...args]: readonly string[]): () => Promise<void> {
  if (action !== 'add' && action !== 'remove') {
    throw new UsageError('Expected `keys alias` add or remove');
  }
  const { key, 'alt-name': altName } = readOptions(args, {
    key: { type: 'string' },
    'alt-name': { type: 'string' },
  });
  if (key === undefined || altName === undefined) {
    throw new UsageError('Expected `--key` with an id or an alt name, and `--alt-name`');
  }
  return async () => {
    const change = action === 'add' ? addAlias : removeAlias;
    const id = (await change(key, altName, null)).toHexString();
    say(`${action === 'add' ? 'Added' : 'Removed'} alt name ${altName}: data key ${id}`);
  };
}

export function retireCommand([key, ...args]: readonly string[]): () => Promise<void> {
  const options = readOptions(args, {
    verify: { type: 'boolean' },
    'processes-restarted': { type: 'boolean' },
  });
  if (key === undefined || key.startsWith('-')) {
    throw new UsageError(
      'Expected `keys retire` with the id or an alt name of a data key, or `shared`',
    );
  }
  const processesRestarted = options['processes-restarted'] === true;
  return async () => {
    const keyAltName = await nameToRetire(key);
    await runAndSay(
      (common) =>
        keyAltName === null
          ? retireSharedKey({ processesRestarted, ...common })
          : retirePatientKey({ keyAltName, processesRestarted, ...common }),
      options.verify === true,
    );
    say(
      `Backups of the key vault in ${defaultBackupDir()} still hold the retired key, for backups of the`,
    );
    say('records from before. Delete both kinds when nobody shall read those records any more.');
  };
}

/** The alt name by which a patient's record finds its key; null for the shared one. */
async function nameToRetire(key: string): Promise<string | null> {
  if (key === 'shared' || key === SHARED_KEY_NAME) return null;
  const entry = await findKey(key);
  // Of a retirement under way, the old name may be gone already.
  if (entry === null) return key;
  if (entry.purpose === 'shared') return null;
  const name = entry.altNames.find((each) => each.startsWith('patient:'));
  if (entry.purpose === 'patient' && name !== undefined) return name;
  throw new Error(`No record uses data key ${entry.id}: there is nothing to retire`);
}

export function eraseCommand([patientId, ...args]: readonly string[]): () => Promise<void> {
  const { verify } = readOptions(args, { verify: { type: 'boolean' } });
  if (patientId === undefined || !/^[0-9a-f]{24}$/.test(patientId)) {
    throw new UsageError(
      'Expected `keys erase` with the record number of a patient: 24 hexadecimal digits',
    );
  }
  return async () => {
    await requireRecord(patientId);
    say(`This destroys the data key of record ${patientId} and removes its SSN and policy number.`);
    say(
      'Blood type, alerts and visits can then be read by nobody, here or in a backup of the records. There is no way back.',
    );
    await requireAnswers([
      [`Type the record number to go on: `, patientId],
      ['Type ERASE to erase it: ', 'ERASE'],
    ]);
    const lines = showPhases();
    const { alreadyErased, remains, operation } = await erasePatient({
      patientId,
      startedBy: null,
      onProgress: lines.onProgress,
    }).finally(lines.finish);
    say(
      `${alreadyErased ? 'Was erased already' : 'Erased'}: record ${patientId}, operation ${operation.operationId}`,
    );
    say('What remains:');
    for (const rest of remains) say(`  - ${sayIn('en', rest)}`);
    if (verify === true) await verifyAndSay();
  };
}

async function requireRecord(patientId: string): Promise<void> {
  const _id = new ObjectId(patientId);
  const found = await storedPatients().findOne({ _id }, { projection: { _id: 1 } });
  if (found === null) throw new Error(`There is no record ${patientId}`);
}

/** Asks for each answer in turn, on a terminal or from a pipe. Throws at the first one that is another. */
async function requireAnswers(questions: readonly (readonly [string, string])[]): Promise<void> {
  const lines = createInterface({ input: process.stdin, terminal: false });
  const answers = lines[Symbol.asyncIterator]();
  try {
    for (const [question, expected] of questions) {
      process.stdout.write(question);
      const answer = await answers.next();
      if (!process.stdin.isTTY) process.stdout.write('\n');
      if (answer.done === true || answer.value.trim() !== expected) {
        throw new Error('The answer was another one: nothing was erased');
      }
    }
  } finally {
    lines.close();
  }
}
