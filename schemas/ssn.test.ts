import { describe, expect, it } from 'vitest';
import { normalizeSsn, ssnProblem, ssnSchema } from './ssn';

describe('SSN input', () => {
  it.each(['900-01-0012', '900 01 0012', ' 900010012 ', '900-010012'])('reads %j', (text) => {
    expect(normalizeSsn(text)).toBe('900010012');
  });
  it.each(['90001001', '9000100123', '900_01_0012', '90001001x', '９00010012', ''])(
    'refuses %j',
    (text) => {
      expect(normalizeSsn(text)).toBeNull();
    },
  );
  it('keeps leading zeros', () => {
    expect(ssnSchema('real').parse('001-02-0003')).toBe('001020003');
  });
});

describe('SSN profiles', () => {
  it.each(['900010012', '999490001', '666010001'])('demo accepts the never-issuable %s', (ssn) => {
    expect(ssnProblem(ssn, 'demo')).toBeNull();
    expect(ssnProblem(ssn, 'real')).not.toBeNull();
  });
  it('demo refuses a number that someone could have', () => {
    expect(ssnProblem('123456789', 'demo')).not.toBeNull();
    expect(ssnProblem('123456789', 'real')).toBeNull();
  });
  it.each(['000121234', '123001234', '123120000', '900000012', '900010000'])(
    'both refuse the all-zero part of %s',
    (ssn) => {
      expect(ssnProblem(ssn, 'demo')).not.toBeNull();
      expect(ssnProblem(ssn, 'real')).not.toBeNull();
    },
  );
  it('real refuses the number printed in wallets', () => {
    expect(ssnProblem('078051120', 'real')).not.toBeNull();
  });
});
