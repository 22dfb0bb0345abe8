import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPlaywright, readVitest } from './programs.ts';

const vitestText = (files: object[]): string =>
  JSON.stringify({ testResults: files.map((file) => ({ name: resolve('a.test.ts'), ...file })) });
const test = (status: string, fullName = 'a test'): object => ({ status, fullName });

describe('reading reports of test runners', () => {
  it('counts passed tests and names the failed and the skipped ones', () => {
    const report = vitestText([
      { status: 'failed', assertionResults: [test('passed'), test('failed', 'breaks')] },
      { status: 'passed', assertionResults: [test('passed'), test('pending', 'left out')] },
    ]);
    expect(readVitest(report, false)).toEqual({
      passed: 2,
      failed: ['breaks'],
      skipped: ['left out'],
    });
  });

  it('says why a test or a story failed, on one line without its stack', () => {
    const failureMessages = ['Error: expected 1\n to be 2\n    at a.test.ts:1:1\n    at b.ts:2:2'];
    const failed = { status: 'failed', fullName: 'adds', failureMessages };
    const broken = { status: 'failed', assertionResults: [], message: 'No such import' };
    const files = vitestText([{ status: 'failed', assertionResults: [failed] }, broken]);
    expect(readVitest(files, false).failed).toEqual([
      'adds (Error: expected 1 to be 2)',
      'a.test.ts could not be run (No such import)',
    ]);
    const results = [{ error: { message: '\u001B[31mTimed out\u001B[39m' } }];
    const specs = [{ title: 'prints', tests: [{ status: 'unexpected', results }] }];
    expect(readPlaywright(JSON.stringify({ suites: [{ specs }] }), false).failed).toEqual([
      'prints (Timed out)',
    ]);
  });

  it('counts a test file that could not be loaded as failed', () => {
    const report = vitestText([
      { status: 'passed', assertionResults: [test('passed')] },
      { status: 'failed', assertionResults: [] },
    ]);
    expect(readVitest(report, false)).toEqual({
      passed: 1,
      failed: ['a.test.ts could not be run'],
      skipped: [],
    });
  });

  it('fails when the runner failed although no test did', () => {
    const report = vitestText([{ status: 'passed', assertionResults: [test('passed')] }]);
    expect(readVitest(report, false).failed).toHaveLength(1);
    expect(readVitest(report, true).failed).toEqual([]);
  });

  it('fails when the runner wrote no report', () => {
    expect(readVitest('', true).failed).toHaveLength(1);
    expect(readPlaywright('', true).failed).toHaveLength(1);
  });

  it('counts stories at any depth, a flaky one as failed, and names the skipped one', () => {
    const story = (title: string, status: string) => ({ title, tests: [{ status }] });
    const inner = { specs: [story('signs in', 'expected'), story('prints', 'skipped')] };
    const report = { suites: [{ suites: [inner], specs: [story('searches', 'flaky')] }] };
    expect(readPlaywright(JSON.stringify(report), true)).toEqual({
      passed: 1,
      failed: ['searches'],
      skipped: ['prints'],
    });
  });

  it('counts no story at all as a failure', () => {
    expect(readPlaywright(JSON.stringify({ suites: [] }), true).failed).toHaveLength(1);
  });
});
