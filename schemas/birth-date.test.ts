import { describe, expect, it } from 'vitest';
import { parseBirthDate } from './birth-date';

describe('a date of birth in the search box', () => {
  it.each([
    '1984-03-09',
    '1984/3/9',
    '3/9/1984',
    '03/09/1984',
    '9.3.1984',
    '9 mar 1984',
    '9 March 1984',
    '9th March 1984',
    'March 9, 1984',
    'mar 9 1984',
    '9-mar-1984',
    '9 de marzo de 1984',
    '9 marzo 1984',
    ' 9 MAR 1984 ',
  ])('%j is 9 March 1984', (text) => {
    expect(parseBirthDate(text)).toBe('1984-03-09');
  });
  it.each([
    ['13/3/1984', '1984-03-13'],
    ['3/13/1984', '1984-03-13'],
    ['13.3.1984', '1984-03-13'],
    ['29 feb 2000', '2000-02-29'],
    ['15 enero 1990', '1990-01-15'],
    ['1 sept 1990', '1990-09-01'],
    ['1 setiembre 1990', '1990-09-01'],
    ['1 dic 1990', '1990-12-01'],
  ])('%j is %s', (text, date) => {
    expect(parseBirthDate(text)).toBe(date);
  });
  it.each([
    '1984',
    '3/9',
    '3/9/84',
    '30 feb 1984',
    '1983-02-29',
    '13/13/1984',
    '31.4.1984',
    '9 marie 1984',
    '9 mary 1984',
    'marcus 9 1984',
    '1984-3',
    'garcia',
    '555-0142',
    '900-01-0012',
    '',
  ])('%j is none', (text) => {
    expect(parseBirthDate(text)).toBeNull();
  });
});
