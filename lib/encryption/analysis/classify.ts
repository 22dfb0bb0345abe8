// Layer analysis: the first look at a command: its name, its collections, whether to analyse it.
// Needs no schema; tells the state machine which schemas to fetch.
import { BsonType, type Element, elements, getElement, readString } from '../bytes/index.ts';
import { collectionsOf } from './collections.ts';
import { commandAction, explainable, queryableCommands } from './commands.ts';
import { refusal } from './errors.ts';

export interface ClassifiedCommand {
  readonly action: 'analyse' | 'bypass';
  readonly name: string;
  /** `db.collection`, the command's own first. Empty for a bypassed command. */
  readonly namespaces: string[];
}

function firstElement(command: Uint8Array): Element {
  const { value, done } = elements(command).next();
  if (done !== true) return value;
  throw refusal('command', 'Expected a command, found an empty document');
}

/** The command that an explain holds. Throws `AnalysisError` (`command`). */
export function explainedCommand(explain: Element): Uint8Array {
  const first = explain.type === BsonType.object ? elements(explain.value).next().value : undefined;
  if (first && explainable.has(first.key)) return explain.value;
  const name = first ? ` ${first.key}` : '';
  throw refusal('command', `command not supported for auto encryption: explain${name}`);
}

function unsupported(name: string): Error {
  const statement = `command not supported for auto encryption: ${name}`;
  if (!queryableCommands.has(name)) return refusal('command', statement);
  return refusal('command', statement, { rule: 'Queryable Encryption is not supported' });
}

function collectionName({ key, type, value }: Element): string {
  if (type !== BsonType.string) {
    throw refusal('command', `non-collection command not supported for auto encryption: ${key}`);
  }
  const name = readString(value);
  if (name === '') throw refusal('command', `empty collection name on command: ${key}`);
  return name;
}

/** Collections beside the command's own: those of a pipeline, and the one behind a view. */
function* others(database: string, command: Uint8Array): Generator<string, void, undefined> {
  const pipeline = getElement(command, 'pipeline');
  if (pipeline?.type === BsonType.array) yield* collectionsOf(database, pipeline.value);
  const viewOn = getElement(command, 'viewOn');
  if (viewOn?.type === BsonType.string) yield readString(viewOn.value);
}

/** The command's own collection and every other that it reads or writes. */
export function namespacesOf(database: string, command: Uint8Array): string[] {
  const own = collectionName(firstElement(command));
  const names = new Set([own, ...others(database, command)]);
  return [...names].map((name) => `${database}.${name}`);
}

/**
 * What to do with a command. Throws `AnalysisError` (`command`) for a command that is not known to
 * be safe, and for one that does not target a collection.
 */
export function classifyCommand(database: string, command: Uint8Array): ClassifiedCommand {
  const first = firstElement(command);
  const name = first.key;
  switch (commandAction(name)) {
    case 'bypass':
      return { action: 'bypass', name, namespaces: [] };
    case 'analyse':
      return { action: 'analyse', name, namespaces: namespacesOf(database, command) };
    case 'explain': {
      const namespaces = namespacesOf(database, explainedCommand(first));
      return { action: 'analyse', name, namespaces };
    }
    case undefined:
      throw unsupported(name);
  }
}
