import { describe, expect, it } from 'vitest';
import type { FoundPatients } from './found-patients';
import { arrived, placeOf } from './trail';

function answer(size: number, next: string | null, total?: number): FoundPatients {
  const patient = {
    id: '0'.repeat(24),
    name: 'Ana',
    dateOfBirth: '1984-03-09',
    phone: null,
    last4ssn: null,
    insuranceProvider: 'MaestCare',
    complete: true,
    erased: false,
  };
  const count = total === undefined ? null : { total, moreThan: false };
  const patients = Array.from({ length: size }, () => patient);
  return { kind: 'name', born: null, count, next, patients };
}

const ana = { text: 'ana', narrow: {} };

describe('the way through a list of hits', () => {
  const one = arrived(ana, answer(20, 'p2', 45), null, 'first');
  const two = arrived(ana, answer(20, 'p3'), one, 'next');
  const three = arrived(ana, answer(5, null), two, 'next');

  it('goes on with what each page gave out, and keeps the count of the first', () => {
    expect([placeOf(one, 'next'), placeOf(two, 'next')]).toEqual(['p2', 'p3']);
    expect([one.before, two.before, three.before]).toEqual([0, 20, 40]);
    expect(three.count).toEqual({ total: 45, moreThan: false });
  });
  it('leads back page by page to the first, which needs no place', () => {
    expect(placeOf(three, 'previous')).toBe('p2');
    const back = arrived(ana, answer(20, 'p3'), three, 'previous');
    expect(back.before).toBe(20);
    expect(placeOf(back, 'previous')).toBeUndefined();
    const first = arrived(ana, answer(20, 'p2', 46), back, 'previous');
    expect(first).toMatchObject({ before: 0, trail: [undefined], count: { total: 46 } });
    expect(placeOf(first, 'next')).toBe('p2');
  });
});
