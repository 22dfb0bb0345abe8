// The catalogues agree with each other and with the sources.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { flatTexts, placeholdersOf } from './catalogue';
import { DEFAULT_LOCALE, LOCALES } from './locales';
import { MESSAGES } from './messages';

const texts = flatTexts(MESSAGES[DEFAULT_LOCALE]);
const others = LOCALES.filter((locale) => locale !== DEFAULT_LOCALE);

describe.each(LOCALES)('the %s texts', (locale) => {
  const own = flatTexts(MESSAGES[locale]);

  test('are all there and not empty', () => {
    expect([...own].filter(([, text]) => text.trim() === '')).toEqual([]);
  });

  test('are ICU messages', () => {
    const broken = [...own].filter(([, text]) => !isIcu(text)).map(([key]) => key);
    expect(broken).toEqual([]);
  });
});

describe.each(others)('the %s texts', (locale) => {
  const own = flatTexts(MESSAGES[locale]);

  test('have the keys of the others', () => {
    expect([...own.keys()].sort()).toEqual([...texts.keys()].sort());
  });

  test('need the values that the others need', () => {
    const differing = [...texts]
      .map(([key, text]) => ({
        key,
        expected: placeholdersOf(text),
        actual: placeholdersOf(own.get(key) ?? ''),
      }))
      .filter(({ expected, actual }) => expected.join() !== actual.join());
    expect(differing).toEqual([]);
  });
});

describe('the sources', () => {
  test('name no message that is missing', () => {
    const missing = sources()
      .flatMap((source) => [...source.matchAll(/\bmessage\(\s*'([^']+)'/g)])
      .map(([, key = '']) => key)
      .filter((key) => !texts.has(key));
    expect(missing).toEqual([]);
  });

  // By search, not by analysis: a key counts as used where its whole name, or the rest of it below some namespace, stands
  // as a string of the sources; `${…}` in a template stands for any part.
  test('use every text', () => {
    const { exact, patterns } = namesIn(sources());
    const unused = [...texts.keys()].filter((key) => {
      const parts = key.split('.');
      const names = parts.map((_, index) => parts.slice(index).join('.'));
      return !names.some((name) => exact.has(name) || patterns.some((some) => some.test(name)));
    });
    expect(unused).toEqual([]);
  });
});

test('a text’s needs are read from every branch and tag', () => {
  expect(placeholdersOf('Plain')).toEqual([]);
  expect(placeholdersOf('{n, plural, one {# visit of {who}} other {# visits}}')).toEqual([
    'n:number',
    'who:text',
  ]);
  expect(
    placeholdersOf('<b>{at, date}</b> {g, select, male {he} other {they}} {n, number}'),
  ).toEqual(['at:date', 'b:tag', 'g:select(male|other)', 'n:number']);
  expect(() => placeholdersOf('{open')).toThrow(SyntaxError);
});

function isIcu(text: string): boolean {
  try {
    placeholdersOf(text);
    return true;
  } catch {
    return false;
  }
}

/** Strings that look like keys or the ends of keys. */
function namesIn(files: readonly string[]) {
  const exact = new Set<string>();
  const patterns: RegExp[] = [];
  for (const source of files) {
    for (const [, name = ''] of source.matchAll(/'([\w-]+(?:\.[\w-]+)*)'/g)) exact.add(name);
    for (const [, name = ''] of source.matchAll(/`([\w.-]*\.\$\{[^`}]+\}[\w.-]*)`/g)) {
      const pattern = name.replaceAll('.', '\\.').replaceAll(/\$\{[^}]*\}/g, '[\\w-]+');
      patterns.push(new RegExp(`^${pattern}$`));
    }
  }
  return { exact, patterns };
}

function sources(): string[] {
  return ['app', 'components', 'lib', 'schemas'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /(?<!\.test)\.tsx?$/.test(entry.name))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')),
  );
}
