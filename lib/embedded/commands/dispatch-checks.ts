// Commands: checks of the options that every command shares. What this server cannot honour is refused here.
import { Binary } from 'bson';

import { CommandError } from '../errors.ts';
import { type Document, isDocument, toInteger } from '../query/values.ts';
import type { CommandDefinition } from './command.ts';

/** Options that every command takes, beside its own. */
const GENERIC_OPTIONS = new Set([
  '$db',
  '$clusterTime',
  '$readPreference',
  'lsid',
  'txnNumber',
  'readConcern',
  'writeConcern',
  'maxTimeMS',
  'comment',
  'apiVersion',
  'apiStrict',
  'apiDeprecationErrors',
]);
const TRANSACTION_OPTIONS = ['startTransaction', 'autocommit', 'coordinator'];
const READ_LEVELS = new Set(['local', 'available', 'majority']);

/** Strings compare by code points here; any other collation would be answered wrongly. */
export function checkCollation(options: Document): void {
  const collation = options['collation'];
  if (collation === undefined || collation === null) return;
  const locale = isDocument(collation) ? collation['locale'] : undefined;
  if (locale === 'simple') return;
  throw new CommandError(
    'CommandNotSupported',
    'Expected `collation` to be simple, got another locale',
  );
}

/** Throws IDLUnknownField, or what says better why an option is refused. */
export function checkOptions(
  name: string,
  definition: CommandDefinition,
  options: Document,
  statements: ReadonlyMap<string, unknown>,
): void {
  const own = new Set([name, ...definition.options, definition.statements]);
  for (const option of [...Object.keys(options).slice(1), ...statements.keys()]) {
    if (definition.lenient || own.has(option) || GENERIC_OPTIONS.has(option)) continue;
    if (TRANSACTION_OPTIONS.includes(option)) {
      throw new CommandError(
        'IllegalOperation',
        'Transaction numbers are only allowed on a replica set member or mongos',
      );
    }
    if (definition.refused?.includes(option)) {
      if (options[option] === false) continue;
      throw new CommandError(
        'CommandNotSupported',
        `Option \`${option}\` of ${name} is not supported`,
      );
    }
    throw new CommandError(
      'IDLUnknownField',
      `BSON field '${name}.${option}' is an unknown field.`,
    );
  }
  checkCollation(options);
}

/** Read and write concern, API version and session. Throws what MongoDB throws on a standalone. */
export function checkGeneric(name: string, options: Document): void {
  const readConcern = options['readConcern'];
  if (isDocument(readConcern)) {
    const level = readConcern['level'] ?? 'local';
    if (typeof level !== 'string' || !READ_LEVELS.has(level) || 'afterClusterTime' in readConcern) {
      throw new CommandError(
        'InvalidOptions',
        'This `readConcern` needs a replica set, got a standalone',
      );
    }
  }
  const writeConcern = options['writeConcern'];
  if (isDocument(writeConcern)) {
    const w = toInteger(writeConcern['w'] ?? 1);
    if (writeConcern['w'] !== 'majority' && (w === undefined || w < 0 || w > 1)) {
      throw new CommandError('BadValue', "cannot use 'w' > 1 when a host is not replicated");
    }
  }
  const apiVersion = options['apiVersion'];
  if (apiVersion !== undefined && apiVersion !== '1') {
    throw new CommandError('APIVersionError', 'Expected `apiVersion` to be 1, got another one');
  }
  const lsid = options['lsid'];
  if (lsid !== undefined && !(isDocument(lsid) && lsid['id'] instanceof Binary)) {
    throw new CommandError(
      'TypeMismatch',
      `BSON field '${name}.lsid' is the wrong type, expected 'object'`,
    );
  }
}

/** A check that throws MaxTimeMSExpired once the command's `maxTimeMS` is over. */
export function timeLimit(name: string, options: Document): () => void {
  const limit = options['maxTimeMS'];
  if (limit === undefined) return () => undefined;
  const milliseconds = toInteger(limit);
  if (milliseconds === undefined || milliseconds < 0) {
    throw new CommandError(
      'BadValue',
      `Expected \`maxTimeMS\` of ${name} to be a whole number of at least 0`,
    );
  }
  if (milliseconds === 0) return () => undefined;
  const end = Date.now() + milliseconds;
  return () => {
    if (Date.now() > end)
      throw new CommandError('MaxTimeMSExpired', 'operation exceeded time limit');
  };
}
