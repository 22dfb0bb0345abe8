// Layer analysis: what happens to each command, in one typed table (csfle.md B.3).
// A command that is not in it is refused; nothing passes because it was forgotten.

/**
 * `analyse`: the constants of the command are examined. `bypass`: the command has no field values.
 * `explain`: the command inside is analysed.
 */
export type CommandAction = 'analyse' | 'bypass' | 'explain';

const analysed = [
  'aggregate',
  'collMod',
  'count',
  'create',
  'createIndexes',
  'delete',
  'distinct',
  'find',
  'findAndModify',
  'insert',
  'update',
] as const;

const bypassed = [
  'abortTransaction',
  'authenticate',
  'buildInfo',
  'buildinfo',
  'commitTransaction',
  'createSearchIndexes',
  'drop',
  'dropDatabase',
  'dropIndexes',
  'dropSearchIndex',
  'dropSearchIndexes',
  'endSessions',
  'getCmdLineOpts',
  'getLog',
  'getMore',
  'getnonce',
  'hello',
  'killAllSessions',
  'killAllSessionsByPattern',
  'killCursors',
  'killSessions',
  'listCollections',
  'listDatabases',
  'listIndexes',
  'listSearchIndexes',
  'logout',
  'ping',
  'refreshSessions',
  'renameCollection',
  'saslContinue',
  'saslStart',
  'serverStatus',
  'startSession',
  'updateSearchIndex',
] as const;

/** Commands for Queryable Encryption only; with fields of this encryption they have nothing to do. */
export const queryableCommands: ReadonlySet<string> = new Set([
  'bulkWrite',
  'cleanupStructuredEncryptionData',
  'compactStructuredEncryptionData',
]);

export type AnalysedCommand = (typeof analysed)[number];

/** Those that `explain` can hold: the readers and writers of documents. */
export const explainable: ReadonlySet<string> = new Set<AnalysedCommand>([
  'aggregate',
  'count',
  'delete',
  'distinct',
  'find',
  'findAndModify',
  'insert',
  'update',
]);

const actions: ReadonlyMap<string, CommandAction> = new Map<string, CommandAction>([
  ...analysed.map((name): [string, CommandAction] => [name, 'analyse']),
  ...bypassed.map((name): [string, CommandAction] => [name, 'bypass']),
  ['explain', 'explain'],
]);

/** The action of a command by its exact name, or undefined: refuse it. */
export function commandAction(name: string): CommandAction | undefined {
  // Servers accept the legacy hello in any case, and so did drivers of all ages.
  if (name.toLowerCase() === 'ismaster') return 'bypass';
  return actions.get(name);
}
