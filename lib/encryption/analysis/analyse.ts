// Layer analysis: one command with the schemas of its collections, from start to end.
// Returns the same bytes when nothing is encrypted, else the same command with markings in it.
import { type Element, elements } from '../bytes/index.ts';
import { classifyCommand, explainedCommand, namespacesOf } from './classify.ts';
import { rewriteDocument, withValue } from './documents.ts';
import { refusal } from './errors.ts';
import { governedPosition, keptCommands } from './kept.ts';
import type { Catalog } from './aggregate/catalog.ts';
import { type Findings, newFindings } from './placeholders.ts';
import { requireNoMarkings } from './scan.ts';
import type { EncryptionSchema } from './schema/compile.ts';
import { type Position, rootPosition } from './schema/tree.ts';
import { documentCommands, rewriteWithCollation } from './statements.ts';

export interface AnalysedCommand {
  readonly command: Uint8Array;
  readonly hasPlaceholders: boolean;
}

function positionOf(
  name: string,
  command: Uint8Array,
  namespace: string,
  schema: EncryptionSchema | undefined,
): Position {
  if (name === 'create' || name === 'collMod') return governedPosition(command, namespace, schema);
  return schema ? rootPosition(schema.root) : { kind: 'plain' };
}

/** A view over a collection with encryption would be read without its schema. */
function requirePlainView(name: string, others: readonly string[], catalog: Catalog): void {
  if (name !== 'create' && name !== 'collMod') return;
  const encrypted = others.find((namespace) => catalog.schemas.get(namespace)?.encrypts);
  if (encrypted === undefined) return;
  throw refusal('command', `cannot auto encrypt a view: ${encrypted}`, {
    rule: 'the collection behind it has encrypted fields',
  });
}

function rewriteCommand(
  name: string,
  command: Uint8Array,
  catalog: Catalog,
  findings: Findings,
): Uint8Array {
  const [namespace = '', ...others] = namespacesOf(catalog.database, command);
  requirePlainView(name, others, catalog);
  const position = positionOf(name, command, namespace, catalog.schemas.get(namespace));
  const involved = [namespace, ...others].some((each) => catalog.schemas.get(each)?.encrypts);
  if (position.kind === 'plain' && !involved) return command;
  const rules = documentCommands.get(name) ?? keptCommands.get(name);
  if (!rules) throw refusal('command', `command not supported for auto encryption: ${name}`);
  return rewriteWithCollation(command, rules, { position, catalog, findings });
}

/**
 * Replaces every constant that is written to, or compared with, an encrypted field by a marking.
 * Throws `AnalysisError` for whatever cannot be decided, `BsonError` for malformed or too deeply
 * nested bytes. `schemas` is keyed by `db.collection`; a namespace without entry has no encryption.
 */
export function analyseCommand(
  database: string,
  command: Uint8Array,
  schemas: ReadonlyMap<string, EncryptionSchema>,
): AnalysedCommand {
  const { action, name } = classifyCommand(database, command);
  if (action === 'bypass') return { command, hasPlaceholders: false };
  requireNoMarkings(command);
  const catalog: Catalog = { database, schemas };
  const findings = newFindings();
  const rewritten =
    name === 'explain'
      ? rewriteExplain(command, catalog, findings)
      : rewriteCommand(name, command, catalog, findings);
  return { command: rewritten, hasPlaceholders: findings.placeholders > 0 };
}

/** Only the first field is the explained command; the others (verbosity, session) stay. */
function rewriteExplain(command: Uint8Array, catalog: Catalog, findings: Findings): Uint8Array {
  let first = true;
  return rewriteDocument(command, (element: Element) => {
    if (!first) return element;
    first = false;
    const inner = explainedCommand(element);
    for (const { key } of elements(inner)) {
      return withValue(element, rewriteCommand(key, inner, catalog, findings));
    }
    return element;
  });
}
