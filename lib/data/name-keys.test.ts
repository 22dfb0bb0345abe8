import { describe, expect, it } from 'vitest';
import { nameKeys } from './name-keys';

describe('name keys', () => {
  it.each([
    ['Ana Núñez', ['ana', 'nunez']],
    ['O’Brien, Seán', ['obrien', 'sean']],
    ["D'Angelo-García", ['dangelo', 'garcia']],
    ['Łukasz Øvergård', ['lukasz', 'overgard']],
    ['Großmann', ['grossmann']],
    ['Ana Ana', ['ana']],
    ['田中 恵子', ['田中', '恵子']],
    ['.*', []],
    ['a|b(', ['a', 'b']],
  ])('%s', (name, keys) => {
    expect(nameKeys(name)).toEqual(keys);
  });
});
