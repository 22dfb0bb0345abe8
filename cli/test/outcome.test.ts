import { describe, expect, it } from 'vitest';
import { claim, closingLine, requireTests, skippedSuite, sum } from './outcome.ts';

describe('outcome of a test run', () => {
  it('sums the suites and counts each skipped one', () => {
    const total = sum([
      claim(true),
      claim(false),
      { passed: 10, failed: 2, skipped: ['a'] },
      skippedSuite('integration on FerretDB', 'needs root'),
    ]);
    expect(closingLine(total)).toBe('11 passed, 3 failed, 2 skipped');
    expect(total.skipped).toEqual(['a', 'integration on FerretDB: needs root']);
  });

  it('counts a suite that ran no test as failed', () => {
    expect(requireTests({ passed: 0, failed: 0, skipped: ['all of it'] }).failed).toBe(1);
  });

  it('leaves a suite that ran a test alone', () => {
    expect(requireTests({ passed: 1, failed: 0, skipped: [] }).failed).toBe(0);
  });
});
