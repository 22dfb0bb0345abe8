import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { KEYSTORE_FILE } from '../storage/database-file.ts';
import { temporaryDirectory } from '../storage/testing.ts';
import { newKeystore, openKeystore, readKeystore, renamed, writeKeystore } from './keystore.ts';

const masterKey = randomBytes(32);

function written(key = masterKey) {
  const directory = temporaryDirectory();
  const keystore = newKeystore({ provider: 'kmip', keyIdentifier: '7' });
  writeKeystore(directory, keystore, key);
  return { directory, keystore, path: join(directory, KEYSTORE_FILE) };
}

/** Alters a field as one would who knows the format, its public checksum included. */
function forge(path: string, changes: Record<string, unknown>): void {
  const content: Record<string, unknown> = {
    ...(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>),
    ...changes,
    checksum: undefined,
  };
  const sorted = Object.entries(content)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const checksum = createHash('sha256').update(JSON.stringify(sorted)).digest('base64');
  writeFileSync(path, JSON.stringify({ ...content, checksum }));
}

/** What it throws, or undefined. */
function refusal(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

describe('a keystore', () => {
  it('gives back the database key, 32 ASCII characters, to its master key', () => {
    const { directory, keystore } = written();
    const opened = openKeystore(readKeystore(directory), masterKey);
    expect(opened).toEqual(keystore);
    expect(opened.databaseKey).toMatch(/^[A-Za-z0-9_-]{32}$/);
  });

  it('holds neither key in clear', () => {
    const { keystore, path } = written();
    const text = readFileSync(path, 'utf8');
    for (const key of [Buffer.from(keystore.databaseKey), masterKey]) {
      for (const encoding of ['base64', 'base64url', 'hex', 'latin1'] as const) {
        expect(text).not.toContain(key.toString(encoding).replace(/=+$/, ''));
      }
    }
  });

  it('has another key and another id each time', () => {
    const keystores = Array.from({ length: 50 }, () => newKeystore({ provider: 'local' }));
    expect(new Set(keystores.map(({ databaseKey }) => databaseKey)).size).toBe(50);
    expect(new Set(keystores.map(({ description }) => description.id)).size).toBe(50);
  });

  it('says that another master key is another one', () => {
    const { directory } = written();
    for (const other of [randomBytes(32), Buffer.alloc(32)]) {
      expect(() => openKeystore(readKeystore(directory), other)).toThrow(/got another key/);
    }
  });

  it.each([
    ['id', 'f'.repeat(32)],
    ['provider', 'local'],
    ['keyIdentifier', '8'],
    ['formerKeyIdentifiers', ['1']],
    ['created', '2020-01-01T00:00:00.000Z'],
    ['rotated', '2020-01-01T00:00:00.000Z'],
    ['inUse', true],
    ['nonce', Buffer.alloc(12).toString('base64')],
    ['wrappedKey', Buffer.alloc(32).toString('base64')],
    ['tag', Buffer.alloc(16).toString('base64')],
  ])('with a forged `%s` has a broken seal, its checksum forged or not', (field, value) => {
    const { directory, path } = written();
    const original = readFileSync(path, 'utf8');
    const plain = { ...(JSON.parse(original) as object), [field]: value };
    writeFileSync(path, JSON.stringify(plain));
    expect(() => readKeystore(directory)).toThrow(/damaged or altered/);
    writeFileSync(path, original);
    forge(path, { [field]: value });
    expect(() => openKeystore(readKeystore(directory), masterKey)).toThrow(/seal is broken/);
  });

  it('is refused after any single changed byte', () => {
    const { directory, path } = written();
    const original = readFileSync(path);
    const accepted: string[] = [];
    const messages = new Set<string>();
    for (let at = 0; at < original.length; at++) {
      const changed = Buffer.from(original);
      changed[at] = (changed[at] ?? 0) ^ 1;
      writeFileSync(path, changed);
      const refused = refusal(() => openKeystore(readKeystore(directory), masterKey));
      if (refused === undefined) accepted.push(String.fromCharCode(original[at] ?? 0));
      else messages.add(refused);
    }
    expect([...messages].filter((message) => !message.includes('keystore'))).toEqual([]);
    // What lies between two fields may change: a line break or space means nothing in JSON.
    expect(accepted.join('').trim()).toBe('');
  });

  it('keeps its database key and its history over a rotation', () => {
    const { directory, keystore } = written();
    const next = randomBytes(32);
    writeKeystore(directory, renamed(keystore, { provider: 'kmip', keyIdentifier: '8' }), next);
    const opened = openKeystore(readKeystore(directory), next);
    expect(opened.databaseKey).toBe(keystore.databaseKey);
    expect(opened.description).toMatchObject({
      keyIdentifier: '8',
      formerKeyIdentifiers: ['7'],
      id: keystore.description.id,
    });
    expect(() => openKeystore(readKeystore(directory), masterKey)).toThrow(/got another key/);
  });
});
