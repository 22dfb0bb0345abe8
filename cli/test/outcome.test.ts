import { describe, expect, it } from 'vitest';
import { claim, closingLine, requireTests, skippedSuite, sum } from './outcome.ts';

describe('outcome of a test run', () => {
  it('sums the suites and counts each skipped one', () => {
    const total = sum([
      claim('tsc', true),
      claim('eslint', false),
      { passed: 10, failed: ['b', 'c'], skipped: ['a'] },
      skippedSuite('integration on FerretDB', 'needs root'),
    ]);
    expect(closingLine(total)).toBe('11 passed, 3 failed, 2 skipped');
    expect(total.failed).toEqual(['eslint', 'b', 'c']);
    expect(total.skipped).toEqual(['a', 'integration on FerretDB: needs root']);
  });

  it('counts a suite that ran no test as failed', () => {
    expect(requireTests({ passed: 0, failed: [], skipped: ['all of it'] }).failed).toHaveLength(1);
  });

  it('leaves a suite that ran a test alone', () => {
    expect(requireTests({ passed: 1, failed: [], skipped: [] }).failed).toEqual([]);
  });
});
