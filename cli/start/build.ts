// The two builds that a start needs: the encryption module (plain Node loads it by its name) and Next's.
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { buildIfChanged, digestSources } from './stamp.ts';
import type { Supervisor } from './supervisor.ts';

export const ROOT = resolve(import.meta.dirname, '../..');

const require = createRequire(import.meta.url);
const NEXT = require.resolve('next/dist/bin/next');
const TSC = require.resolve('typescript/bin/tsc');

const ENCRYPTION_SOURCES = ['lib/encryption', 'tsconfig.json', 'package-lock.json'];
const APP_SOURCES = [
  'app',
  'components',
  'lib',
  'public',
  'schemas',
  'next.config.js',
  'package-lock.json',
  'package.json',
  'postcss.config.js',
  'proxy.ts',
  'tsconfig.json',
];

export function nextCommand(...args: readonly string[]): string[] {
  return ['--import', join(import.meta.dirname, 'exit-with-parent.js'), NEXT, ...args];
}

/** Compiles lib/encryption unless its sources are as they were; returns whether it did. */
export function buildEncryption(supervisor: Supervisor): Promise<boolean> {
  const folder = join(ROOT, 'lib/encryption');
  return buildIfChanged(
    join(folder, 'dist/.stamp'),
    digestSources(ROOT, ENCRYPTION_SOURCES, isNotBuilt),
    () =>
      supervisor.run(
        'build of the encryption module',
        [TSC, '-p', join(folder, 'tsconfig.build.json')],
        { cwd: ROOT, stdio: 'inherit' },
      ),
  );
}

/** `next build` unless the sources are as they were; returns whether it ran. */
export function buildApp(supervisor: Supervisor): Promise<boolean> {
  return buildIfChanged(
    join(ROOT, '.next/medcomd-stamp'),
    digestSources(ROOT, APP_SOURCES, isNotBuilt),
    () =>
      supervisor.run('build of the clinic', [NEXT, 'build'], {
        cwd: ROOT,
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
      }),
  );
}

function isNotBuilt(path: string): boolean {
  return (
    /(^|\/)(dist|testing|vectors)$/.test(path) ||
    /\.test\.tsx?$/.test(path) ||
    path === 'lib/embedded'
  );
}
