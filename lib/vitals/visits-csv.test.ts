// The file that leaves the chart: complete, readable, and harmless in a spreadsheet.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Visit } from '@/schemas/dto';
import { csvCell, visitsCsv } from './visits-csv';

const doctor = { id: 'd', name: 'Dr. Ada Okafor' };
const visit: Visit = {
  id: 'v1',
  measuredAt: new Date('2026-11-23T14:05:06.000Z'),
  weightKg: 71.3,
  systolic: 121,
  diastolic: 79,
  note: 'Said "fine",\nslept badly',
  doctor,
};

describe('a cell', () => {
  it.each(['=1+1', '+1+1', '-1+1', '@SUM(A1)', '\t=1', ' =1', '\n=1', '＝1', '|cmd', '%x'])(
    'with %j cannot become a formula',
    (text) => {
      expect(csvCell(text)).toBe(`"'${text}"`);
    },
  );
  it.each(['-1', '12.5', 'plain', '', '3=4', '120/80'])('with %j stays as it is', (text) => {
    expect(csvCell(text)).toBe(`"${text}"`);
  });
  it('never begins with what starts a formula, and doubles every quote', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const cell = csvCell(text);
        const inner = cell.slice(1, -1);
        expect(/^\s*[=+@]/.test(inner)).toBe(false);
        expect(inner.replaceAll('""', '')).not.toContain('"');
        expect(inner.replace(/^'/, '').replaceAll('""', '"')).toBe(text.replace(/^'/, ''));
      }),
    );
  });
});

describe('the visits file', () => {
  it('has a line for each visit, with units in its head', () => {
    const [head, first] = visitsCsv([visit]).slice(1).split('\r\n');
    expect(head).toContain('"weightKg [kg]","heartRate [/min]","systolic [mm[Hg]]"');
    expect(first).toContain('"2026-11-23T14:05:06.000Z","71.3","","121","79"');
    expect(visitsCsv([visit])).toContain('"Said ""fine"",\nslept badly","Dr. Ada Okafor","final"');
  });
  it('says of a visit that it was entered in error, and why', () => {
    const by = { id: 'e', name: 'Dr. Lindgren' };
    const wrong = { ...visit, enteredInError: { at: new Date(), by, reason: '=wrong patient' } };
    expect(visitsCsv([wrong])).toContain('"entered-in-error","\'=wrong patient","v1",""');
    expect(visitsCsv([{ ...visit, corrects: 'v0' }])).toContain('"final","","v1","v0"');
  });
  it('begins so that a spreadsheet reads it as UTF-8', () => {
    expect(visitsCsv([]).startsWith('\uFEFF"measured at"')).toBe(true);
  });
});
