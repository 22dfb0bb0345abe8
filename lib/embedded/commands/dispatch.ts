// Commands: from a request's bytes to a reply's bytes. The one place that knows which options every command
// takes (generic ones) and that turns a failure into `{ ok: 0 }`. An unknown name or option is always refused.
import { BSONError } from 'bson';

import { CommandError, isCommandError } from '../errors.ts';
import { encodeWithRaw, joinElements, type RawElement, splitDocument } from '../query/raw.ts';
import { decode, type Document } from '../query/values.ts';
import type { WireRequest } from '../wire/messages.ts';
import { checkDatabaseName, type CommandDefinition, type ServerState } from './command.ts';
import { checkGeneric, checkOptions, timeLimit } from './dispatch-checks.ts';
import { COMMANDS } from './table.ts';

/** Who asks. */
export interface Client {
  connectionId: number;
  remoteAddress: string;
}

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
    log(`command failed: ${whereFrom(error)}`);
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
    body: wire.body,
    statements,
    server,
    ...client,
    checkTime: timeLimit(name, options),
    checkNested: (command) => {
      const [inner = ''] = Object.keys(command);
      checkOptions(inner, findCommand(inner, wire), command, new Map());
    },
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

/** An unexpected error's kind and place; its message might repeat a value and stays out of the log. */
function whereFrom(error: unknown): string {
  if (!(error instanceof Error)) return 'not an error';
  const places = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return [error.name, ...places.slice(0, 5)].join('\n');
}
