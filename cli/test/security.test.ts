// docs/security.md: every statement is there, and every proof that it names exists.
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const STATEMENTS = 50;

interface Proof {
  statement: string;
  file: string;
  title: string;
}

const rows = readFileSync('docs/security.md', 'utf8')
  .split('\n')
  .filter((line) => /^\| C-\d\d /.test(line));

const proofs: readonly Proof[] = rows.flatMap((row) =>
  [...row.matchAll(/`([\w./-]+\.(?:test|spec)\.ts)`: “(.+?)”(?=<br>| +\|$)/g)].map(
    ([, file = '', title = '']) => ({ statement: row.slice(2, 6), file, title }),
  ),
);

it('has a row for each statement, in order', () => {
  const numbers = rows.map((row) => row.slice(2, 6));
  const all = Array.from({ length: STATEMENTS }, (_, at) => `C-${String(at + 1).padStart(2, '0')}`);
  expect(numbers).toEqual(all);
});

it('names a proof for each, or says that there is none', () => {
  const proved = new Set(proofs.map(({ statement }) => statement));
  const silent = rows.filter(
    (row) => !proved.has(row.slice(2, 6)) && !row.includes('not proved: '),
  );
  expect(silent).toEqual([]);
  expect(rows.filter((row) => row.includes('not proved: '))).toHaveLength(1);
});

it('names only tests that exist', () => {
  const missing = proofs.filter(
    ({ file, title }) => !existsSync(file) || !readFileSync(file, 'utf8').includes(title),
  );
  expect(missing).toEqual([]);
  expect(proofs.length).toBeGreaterThan(80);
});
