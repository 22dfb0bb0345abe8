// Commands: from a request's bytes to a reply's bytes. The one place that knows which options every command
// takes (generic ones) and that turns a failure into `{ ok: 0 }`. An unknown name or option is always refused.
import { Binary, BSONError } from 'bson';

import { CommandError, isCommandError } from '../errors.ts';
import { encodeWithRaw, joinElements, type RawElement, splitDocument } from '../query/raw.ts';
import { decode, type Document, isDocument, toInteger } from '../query/values.ts';
import type { WireRequest } from '../wire/messages.ts';
import { checkDatabaseName, type CommandDefinition, type ServerState } from './command.ts';
import { COMMANDS } from './table.ts';

/** Who asks. */
export interface Client {
  connectionId: number;
  remoteAddress: string;
}

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
const LEGACY_COMMANDS = new Set(['hello', 'ismaster', 'isMaster']);

/** Answers one request. Never throws; an error that is no CommandError is reported as InternalError. */
export async function dispatch(
  wire: WireRequest,
  server: ServerState,
  client: Client,
  log: (line: string) => void,
): Promise<Uint8Array> {
  try {
    const reply = await run(wire, server, client);
    return encodeWithRaw({ ...reply, ok: 1 });
  } catch (error) {
    if (isCommandError(error)) return encodeWithRaw(error.toReply());
    if (BSONError.isBSONError(error)) {
      return encodeWithRaw(new CommandError('FailedToParse', 'Malformed BSON').toReply());
    }
    log(`command failed: ${error instanceof Error ? (error.stack ?? error.message) : 'unknown'}`);
    return encodeWithRaw(new CommandError('InternalError', 'Internal error').toReply());
  }
}

async function run(wire: WireRequest, server: ServerState, client: Client): Promise<Document> {
  const elements = splitDocument(wire.body);
  const name = elements[0]?.name ?? '';
  const definition = findCommand(name, wire);
  const field = definition.statements;
  const isStatements = (element: RawElement) => element.name === field && element.type === 4;
  const plain = elements
    .filter((element) => !isStatements(element))
    .map((element) => element.bytes);
  const options = decode(joinElements(plain));
  const statements = new Map<string, readonly Uint8Array[]>(wire.sequences);
  for (const element of elements.filter(isStatements)) {
    if (statements.has(element.name)) {
      throw new CommandError(
        'IDLDuplicateField',
        `BSON field '${name}.${element.name}' is a duplicate field`,
      );
    }
    statements.set(element.name, splitDocument(element.value).map(documentBytes));
  }
  checkOptions(name, definition, options, statements);
  checkGeneric(name, options);
  const database = wire.legacyNamespace === undefined ? options['$db'] : 'admin';
  if (typeof database !== 'string') {
    throw new CommandError('IDLFailedToParse', "BSON field '$db' is missing but a required field");
  }
  checkDatabaseName(database);
  return definition.run({
    name,
    database,
    options,
    statements,
    server,
    ...client,
    checkTime: timeLimit(name, options),
  });
}

function findCommand(name: string, wire: WireRequest): CommandDefinition {
  const definition = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!definition) throw new CommandError('CommandNotFound', `no such command: '${name}'`);
  if (wire.legacyNamespace !== undefined && !LEGACY_COMMANDS.has(name)) {
    throw new CommandError('UnsupportedOpQueryCommand', `Unsupported OP_QUERY command: ${name}`);
  }
  return definition;
}

function documentBytes(element: RawElement): Uint8Array {
  if (element.type === 3) return element.value;
  throw new CommandError('TypeMismatch', 'Expected every statement to be an object');
}

function checkOptions(
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

function checkGeneric(name: string, options: Document): void {
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

function timeLimit(name: string, options: Document): () => void {
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
