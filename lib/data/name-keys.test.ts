import { describe, expect, it } from 'vitest';
import { nameKeys, nameOrder } from './name-keys';

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

describe('order by name', () => {
  it('has a place from each word on, which ends in the record number', () => {
    expect(nameOrder('Ana García López', 'f00d')).toEqual({
      a: 'ana garcia lopez #f00d',
      b: 'garcia lopez ana #f00d',
      c: 'lopez ana garcia #f00d',
    });
  });
  it('has one place for a name of one word, and for one without any', () => {
    expect(nameOrder('Madonna', 'f00d')).toEqual({ a: 'madonna #f00d' });
    expect(nameOrder('…', 'f00d')).toEqual({ a: ' #f00d' });
  });
  it('has eight places at most', () => {
    expect(Object.keys(nameOrder('a b c d e f g h i j', 'f00d'))).toHaveLength(8);
  });
  it('puts a name before those that go on after it', () => {
    const short = nameOrder('Ana', 'ffff').a;
    expect(short < nameOrder('Ana B', '0000').a).toBe(true);
  });
});
