// Testing: which server the integration suite runs on. Only `*.integration.test.ts` files import this.
// The address comes from the suite's global setup, never from a default that could be someone's data.
import { randomBytes } from 'node:crypto';

/** The three kinds of servers that the integration suite knows. */
export type ServerKind = 'embedded' | 'ferretdb' | 'mongodb';

const kinds: readonly string[] = ['embedded', 'ferretdb', 'mongodb'] satisfies ServerKind[];

function requireVariable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new Error(`\`${name}\` is not set: run this file through the integration project`);
  }
  return value;
}

/** The connection string of the server under test. Throws outside the integration project. */
export function testServerUri(): string {
  return requireVariable('TEST_SERVER_URI');
}

/** The kind of the server under test. Throws outside the integration project. */
export function testServerKind(): ServerKind {
  const kind = requireVariable('TEST_SERVER_KIND');
  if (!isServerKind(kind))
    throw new Error(`\`TEST_SERVER_KIND\` must be one of ${kinds.join(', ')}`);
  return kind;
}

function isServerKind(kind: string): kind is ServerKind {
  return kinds.includes(kind);
}

/** A database or collection name that no other test run uses, so that suites can share one server. */
export function uniqueName(prefix: string): string {
  return `${prefix}_${randomBytes(6).toString('hex')}`;
}
