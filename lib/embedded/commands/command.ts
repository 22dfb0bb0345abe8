// Commands, lowest: what a command is. Each group of commands has its file with one table of these definitions;
// the dispatcher refuses every name and option that is in no table.
import { CommandError } from '../errors.ts';
import { type Document, isDocument, toInteger } from '../query/values.ts';
import type { Storage } from '../storage/types.ts';
import type { CursorStore } from './cursors.ts';
import type { RetryLog } from './retries.ts';

/** What all commands of one server share. */
export interface ServerState {
  storage: Storage;
  cursors: CursorStore;
  retries: RetryLog;
  startedAt: number;
  host: string;
  port: number;
  connections: () => number;
}

/** One command as it came, validated by the dispatcher. */
export interface CommandRequest {
  name: string;
  database: string;
  /** The command's own and generic options, typed BSON values; the first one is the command itself. */
  options: Document;
  /** The whole command as bytes. */
  body: Uint8Array;
  /** Write statements as raw BSON by field (`documents`, `updates`, `deletes`), from body or sequence. */
  statements: ReadonlyMap<string, readonly Uint8Array[]>;
  server: ServerState;
  connectionId: number;
  remoteAddress: string;
  /** Throws MaxTimeMSExpired once the client's `maxTimeMS` is over. Cheap: call it in every loop. */
  checkTime: () => void;
  /** For explain: throws where the command within it is unknown or has an unknown option. */
  checkNested: (command: Document) => void;
}

/** The fields of a successful reply but `ok`; values may be RawValue. */
export type CommandReply = Document;

/** One command. `options` lists every option of its own that it takes; any other is refused. */
export interface CommandDefinition {
  options: readonly string[];
  run: (request: CommandRequest) => CommandReply | Promise<CommandReply>;
  /** Options that MongoDB knows and this server refuses by name. */
  refused?: readonly string[];
  /** The field that may arrive as a document sequence. */
  statements?: 'documents' | 'updates' | 'deletes';
  /** Only for hello: a negotiation, in which every driver may offer what it likes and unknown offers are ignored. */
  lenient?: boolean;
}

export type CommandTable = Readonly<Record<string, CommandDefinition>>;

/** The collection's full name out of the command's own value. Throws InvalidNamespace. */
export function namespaceOf(request: CommandRequest): { database: string; collection: string } {
  const collection = request.options[request.name];
  if (typeof collection !== 'string') {
    throw new CommandError('InvalidNamespace', `collection name has invalid type`);
  }
  checkCollectionName(collection);
  return { database: request.database, collection };
}

/** Throws InvalidNamespace. The rules are the manual's, "Naming Restrictions". */
export function checkCollectionName(name: string): void {
  if (name === '' || name.startsWith('.') || /[\0$]/.test(name) || name.length > 200) {
    throw new CommandError('InvalidNamespace', 'Invalid collection name');
  }
}

/** Throws InvalidNamespace. */
export function checkDatabaseName(name: string): void {
  if (name === '' || name.length > 63 || /[\0/\\. "$*<>:|?]/.test(name)) {
    throw new CommandError('InvalidNamespace', 'Invalid database name');
  }
}

/** An option that must be a document, or the fallback. Throws TypeMismatch. */
export function documentOption(request: CommandRequest, name: string): Document | undefined {
  const value = request.options[name];
  if (value === undefined || value === null) return undefined;
  if (isDocument(value)) return value;
  throw typeMismatch(request.name, name, 'object');
}

/** A whole-number option; any numeric type. Throws TypeMismatch. */
export function integerOption(request: CommandRequest, name: string): number | undefined {
  const value = request.options[name];
  if (value === undefined || value === null) return undefined;
  const number = toInteger(value);
  if (number === undefined) throw typeMismatch(request.name, name, 'long');
  return number;
}

/** A boolean option; numbers count as in MongoDB. Throws TypeMismatch. */
export function booleanOption(request: CommandRequest, name: string, fallback = false): boolean {
  const value = request.options[name];
  if (value === undefined || value === null) return fallback;
  if (typeof value === 'boolean') return value;
  const number = toInteger(value);
  if (number === undefined) throw typeMismatch(request.name, name, 'bool');
  return number !== 0;
}

export function stringOption(request: CommandRequest, name: string): string | undefined {
  const value = request.options[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw typeMismatch(request.name, name, 'string');
}

/** An array option whose items are documents. Throws TypeMismatch. */
export function documentsOption(request: CommandRequest, name: string): Document[] | undefined {
  const value = request.options[name];
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.every(isDocument)) return value;
  throw typeMismatch(request.name, name, 'array of objects');
}

export function typeMismatch(command: string, option: string, expected: string): CommandError {
  return new CommandError(
    'TypeMismatch',
    `BSON field '${command}.${option}' is the wrong type, expected type '${expected}'`,
  );
}
