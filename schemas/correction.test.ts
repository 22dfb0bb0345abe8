// Why a visit was wrong must be said, in words where the choice alone says nothing.
import { describe, expect, it } from 'vitest';
import { correctionSchema, errorReasonSchema } from './correction';

const VISIT = { visitId: crypto.randomUUID() };
const REPLACEMENT = { entryKey: crypto.randomUUID(), units: 'metric', values: { heartRate: '60' } };

describe('the reason of a correction', () => {
  it.each([
    [{ cause: 'typing', details: '' }, true],
    [{ cause: 'other', details: ' two ' }, true],
    [{ cause: 'other', details: ' ' }, false],
    [{ cause: 'because', details: 'of it' }, false],
    [{ cause: 'typing', details: 'line\nline' }, false],
    [{ cause: 'typing', details: 'x'.repeat(201) }, false],
    [{ cause: 'typing' }, false],
  ])('%j is enough: %s', (reason, enough) => {
    expect(errorReasonSchema.safeParse({ ...VISIT, ...reason }).success).toBe(enough);
    const correction = { ...VISIT, ...reason, ...REPLACEMENT };
    expect(correctionSchema.safeParse(correction).success).toBe(enough);
  });

  it('comes with right values, in the units that are named', () => {
    const correction = { ...VISIT, cause: 'typing', details: '', ...REPLACEMENT };
    const empty = correctionSchema.safeParse({ ...correction, values: {} });
    expect(empty.error?.issues).toMatchObject([{ path: [], message: 'vitals.nothing' }]);
    const pounds = { ...correction, units: 'us', values: { weightKg: '150' } };
    expect(correctionSchema.parse(pounds).measurement).toEqual({ weightKg: 68.04 });
  });
});
