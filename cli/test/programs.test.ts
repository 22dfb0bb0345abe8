import { describe, expect, it } from 'vitest';
import { readPlaywright, readVitest } from './programs.ts';

const vitestText = (files: object[]): string => JSON.stringify({ testResults: files });
const test = (status: string, fullName = 'a test'): object => ({ status, fullName });

describe('reading reports of test runners', () => {
  it('counts passed and failed tests and names the skipped ones', () => {
    const report = vitestText([
      { status: 'failed', assertionResults: [test('passed'), test('failed')] },
      { status: 'passed', assertionResults: [test('passed'), test('pending', 'left out')] },
    ]);
    expect(readVitest(report, false)).toEqual({ passed: 2, failed: 1, skipped: ['left out'] });
  });

  it('counts a test file that could not be loaded as failed', () => {
    const report = vitestText([
      { status: 'passed', assertionResults: [test('passed')] },
      { status: 'failed', assertionResults: [] },
    ]);
    expect(readVitest(report, false)).toEqual({ passed: 1, failed: 1, skipped: [] });
  });

  it('fails when the runner failed although no test did', () => {
    const report = vitestText([{ status: 'passed', assertionResults: [test('passed')] }]);
    expect(readVitest(report, false).failed).toBe(1);
    expect(readVitest(report, true).failed).toBe(0);
  });

  it('fails when the runner wrote no report', () => {
    expect(readVitest('', true).failed).toBe(1);
    expect(readPlaywright('', true).failed).toBe(1);
  });

  it('counts stories at any depth, a flaky one as failed, and names the skipped one', () => {
    const story = (title: string, status: string) => ({ title, tests: [{ status }] });
    const inner = { specs: [story('signs in', 'expected'), story('prints', 'skipped')] };
    const report = { suites: [{ suites: [inner], specs: [story('searches', 'flaky')] }] };
    expect(readPlaywright(JSON.stringify(report), true)).toEqual({
      passed: 1,
      failed: 1,
      skipped: ['prints'],
    });
  });

  it('counts no story at all as a failure', () => {
    expect(readPlaywright(JSON.stringify({ suites: [] }), true).failed).toBe(1);
  });
});
