// Imports go one way: each layer may import itself and the layers before it, nothing else.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const layers = ['bytes', 'crypto', 'format', 'kms', 'keys', 'analysis', 'context', 'mongocrypt'];
const root = import.meta.dirname;
const sources = (layer: string) =>
  readdirSync(join(root, layer), { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('testing/'),
  );

describe.each(layers)('layer %s', (layer) => {
  it.each(sources(layer))('%s imports no layer above its own', (file) => {
    const allowed = layers.slice(0, layers.indexOf(layer) + 1);
    const text = readFileSync(join(root, layer, file), 'utf8');
    const imports = [...text.matchAll(/(?:from|import)\s+'([^']+)'/g)].map(
      ([, path]) => path ?? '',
    );
    const foreign = imports.filter((path) => {
      if (path.startsWith('node:')) return false;
      if (!path.startsWith('.')) return true;
      const [, target] = /^(?:\.\.\/)+([a-z]+)\//.exec(path) ?? [];
      const upwards = path.split('../').length - 1;
      const depth = file.split('/').length;
      return upwards === depth && target !== undefined && !allowed.includes(target);
    });
    expect(foreign).toEqual([]);
  });
});
