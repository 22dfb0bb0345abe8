// Nothing in the repository is somebody's key (C-49): what tests need is made when they run.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const KEYS: readonly RegExp[] = [
  /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s*[A-Za-z0-9+/=]{40}/,
  /\b(?:AKIA|ASIA)(?!IOSFODNN7EXAMPLE)[0-9A-Z]{16}\b/,
  /\bAIza[0-9A-Za-z_-]{35}\b/,
  /\bgh[pousr]_[0-9A-Za-z]{36}\b/,
  /\bxox[abprs]-[0-9A-Za-z-]{10,}/,
];

/** The kinds of keys in a text, by the number of their pattern. */
function keysIn(text: string): number[] {
  return KEYS.flatMap((pattern, kind) => (pattern.test(text) ? [kind] : []));
}

it('no file of the repository holds a key or a credential of a service', () => {
  const files = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' }).split('\0');
  const named = files.filter((path) => /(\.(pem|key|p12|pfx)|\.env(\.\w+)?|id_rsa)$/.test(path));
  expect(named).toEqual([]);
  const texts = files.filter((path) => /\.(ts|tsx|js|json|md|py|ya?ml|css|sh)$/.test(path));
  expect(texts.length).toBeGreaterThan(500);
  expect(texts.filter((path) => keysIn(readFileSync(path, 'utf8')).length > 0)).toEqual([]);
});

it('a key would be seen', () => {
  const body = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj'.repeat(2);
  const pem = ['-----BEGIN', 'PRIVATE KEY-----'].join(' ');
  const token = ['gh', 'p_', 'a'.repeat(36)].join('');
  expect(keysIn(`${pem}\n${body}`)).toEqual([0]);
  expect(keysIn(['AK', 'IA', 'Z'.repeat(16)].join(''))).toEqual([1]);
  expect(keysIn(token)).toEqual([3]);
});
