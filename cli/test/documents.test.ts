import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { steps } from './steps.ts';

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));

const documents = [
  'README.md',
  'ARCHITECTURE.md',
  ...markdownIn('docs'),
  ...markdownIn('docs/kms'),
  ...readdirSync('lib', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => markdownIn(join('lib', name))),
];

function markdownIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { withFileTypes: true }).filter((file) => file.isFile());
  return files.map(({ name }) => join(folder, name)).filter((path) => path.endsWith('.md'));
}

function read(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** The first group of every match. */
function found(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, group = '']) => group);
}

describe('the documents of the project', () => {
  it('are there', () => {
    expect(documents.filter((path) => read(path) === '')).toEqual([]);
    expect(read('README.md')).toContain('npm ci && npm start');
    expect(read('README.md')).toContain('npm ci && npm test');
  });

  it.each(documents)('%s names only scripts that package.json has', (path) => {
    const named = found(read(path), /npm (?:run )?(?:-s )?(start|test|(?<=run )[\w:-]+)/g);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it.each(documents)('%s names only steps, peers and commands that exist', (path) => {
    const text = read(path);
    const wrong = [
      ...found(text, /npm test -- ([\w-]+)/g).filter((name) => !isStep(name)),
      ...found(text, /npm run peers -- (\w+)/g).filter((verb) => !/^(up|down|status)$/.test(verb)),
      ...found(text, /npm run medco -- ([\w-]+)/g).filter((name) => !isCommand(name)),
    ];
    expect(wrong).toEqual([]);
  });

  it.each(documents)('%s links only to files that exist', (path) => {
    const targets = found(read(path), /\]\(([^)#\s]+)[^)]*\)/g);
    const local = targets.filter((target) => !/^[a-z]+:/.test(target));
    expect(local.filter((target) => !existsSync(join(dirname(path), target)))).toEqual([]);
  });
});

function isStep(name: string): boolean {
  return steps.some((step) => step.name === name);
}

function isCommand(name: string): boolean {
  return name === 'help' || existsSync(`cli/medco/${name}.ts`);
}
