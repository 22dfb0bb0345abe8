// Layer context: which encryption schema a namespace has. The local `schemaMap` wins over what the
// server says; server answers, "no schema" included, are kept for a minute.
import { compileSchema, type EncryptionSchema } from '../analysis/index.ts';
import {
  BsonType,
  elements,
  getElement,
  readDocument,
  readString,
  type Element,
} from '../bytes/index.ts';
import { ContextError } from '../errors.ts';
import type { Clock } from '../keys/index.ts';

/** CSFLE spec, "Collection info caching": one minute, not configurable. */
const collectionInfoExpirationMS = 60_000;

interface RemoteSchema {
  readonly schema: EncryptionSchema | undefined;
  readonly storedAt: number;
}

function requireDocument(element: Element, where: string): Uint8Array {
  if (element.type !== BsonType.object) {
    throw new ContextError('option', `Expected ${where} to be a document`);
  }
  return readDocument(element.value);
}

/** A sub-document by path, or undefined where a step is missing or is no document. */
function subDocument(document: Uint8Array, ...path: readonly string[]): Uint8Array | undefined {
  let current = document;
  for (const name of path) {
    const element = getElement(current, name);
    if (element?.type !== BsonType.object) return undefined;
    current = readDocument(element.value);
  }
  return current;
}

/** What is wrong with the schema of a namespace, before any command has met it. */
export interface SchemaProblem {
  /** A schema that cannot be used fails every command; one that encrypts nothing protects nothing. */
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

export class SchemaStore {
  readonly #local = new Map<string, Uint8Array>();
  readonly #compiled = new Map<string, EncryptionSchema>();
  readonly #remote = new Map<string, RemoteSchema>();
  readonly #changedAt = new Map<string, number>();
  readonly #now: Clock;

  /** Reads the option `schemaMap`, BSON `{ "db.coll": <schema> }`. Throws `ContextError`. */
  constructor(schemaMap: Uint8Array | undefined, now: Clock) {
    this.#now = now;
    if (!schemaMap) return;
    for (const element of elements(schemaMap)) {
      const where = `\`schemaMap["${element.key}"]\``;
      if (!/^[^.]+\../.test(element.key)) {
        throw new ContextError('option', `Expected ${where} to be named "database.collection"`);
      }
      if (this.#local.has(element.key)) {
        throw new ContextError('option', `${where} comes twice`);
      }
      this.#local.set(element.key, new Uint8Array(requireDocument(element, where)));
    }
  }

  /**
   * The schema, if any, or `unknown` when the server must be asked. Compiles a local schema at its
   * first use: a schema that cannot be compiled fails every command on its namespace.
   */
  get(namespace: string): EncryptionSchema | 'none' | 'unknown' {
    const compiled = this.#compiled.get(namespace);
    if (compiled) return compiled;
    const local = this.#local.get(namespace);
    if (local) {
      const schema = compileSchema(local, 'local', namespace);
      this.#compiled.set(namespace, schema);
      return schema;
    }
    this.#expireChanges();
    const remote = this.#remote.get(namespace);
    if (!remote || remote.storedAt <= this.#now() - collectionInfoExpirationMS) return 'unknown';
    return remote.schema ?? 'none';
  }

  #expireChanges(): void {
    for (const [namespace, changedAt] of this.#changedAt) {
      if (changedAt <= this.#now() - collectionInfoExpirationMS) this.#changedAt.delete(namespace);
    }
  }

  /**
   * Takes the answer of `listCollections` for a namespace; undefined means there is no collection.
   * Throws `ContextError` for a view, a Queryable Encryption collection, a repeated `$jsonSchema`.
   */
  put(namespace: string, collectionInfo: Uint8Array | undefined): EncryptionSchema | 'none' {
    const schema = collectionInfo && compileRemote(namespace, collectionInfo);
    this.#expireChanges();
    const now = this.#now();
    if (!this.#changedAt.has(namespace)) this.#remote.set(namespace, { schema, storedAt: now });
    return schema ?? 'none';
  }

  /**
   * Says that a command of this client is about to change a collection. Its schema is asked for anew,
   * and no answer is kept for a minute, since one that was under way may be older than the change.
   * Without this, documents would travel in clear for a minute after a schema was created.
   */
  forget(namespace: string): void {
    this.#remote.delete(namespace);
    this.#changedAt.set(namespace, this.#now());
  }

  /** Compiles every local schema now. CSFLE spec, "schemaMap": one without `encrypt` is warned of. */
  inspect(): SchemaProblem[] {
    return [...this.#local.keys()].flatMap((namespace): SchemaProblem[] => {
      try {
        const schema = this.get(namespace);
        if (typeof schema === 'object' && schema.encrypts) return [];
        return [
          {
            severity: 'warning',
            message: `The schema of \`${namespace}\` in \`schemaMap\` encrypts no field`,
          },
        ];
      } catch (error) {
        return [{ severity: 'error', message: error instanceof Error ? error.message : 'unknown' }];
      }
    });
  }
}

function compileRemote(namespace: string, info: Uint8Array): EncryptionSchema | undefined {
  const type = getElement(info, 'type');
  if (type?.type === BsonType.string && readString(type.value) === 'view') {
    throw new ContextError('view', `cannot auto encrypt a view: ${namespace}`);
  }
  const options = subDocument(info, 'options');
  if (!options) return undefined;
  if (getElement(options, 'encryptedFields')) {
    throw new ContextError(
      'queryable-encryption',
      `Queryable Encryption is not supported (collection ${namespace} has \`encryptedFields\`)`,
    );
  }
  const validator = subDocument(options, 'validator');
  if (!validator) return undefined;
  const schemas = [...elements(validator)].filter(({ key }) => key === '$jsonSchema');
  if (schemas.length > 1) {
    throw new ContextError('option', `duplicate $jsonSchema fields in ${namespace}`);
  }
  const [schema] = schemas;
  if (!schema) return undefined;
  return compileSchema(requireDocument(schema, '`$jsonSchema`'), 'remote', namespace);
}
