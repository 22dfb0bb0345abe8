// Test runner: what a step reports, and the sum over all steps.

/** What one step reports. A failed or skipped test or suite is named, never only counted. */
export interface Outcome {
  readonly passed: number;
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
}

/** A step that is one claim by itself: it held or it did not. */
export function claim(name: string, held: boolean): Outcome {
  return { passed: held ? 1 : 0, failed: held ? [] : [name], skipped: [] };
}

export function skippedSuite(name: string, reason: string): Outcome {
  return { passed: 0, failed: [], skipped: [`${name}: ${reason}`] };
}

/** A suite that ran no test proves nothing, so it counts as failed. */
export function requireTests(outcome: Outcome): Outcome {
  return outcome.passed + outcome.failed.length === 0
    ? { ...outcome, failed: ['no test ran'] }
    : outcome;
}

export function sum(outcomes: readonly Outcome[]): Outcome {
  return {
    passed: outcomes.reduce((total, { passed }) => total + passed, 0),
    failed: outcomes.flatMap(({ failed }) => failed),
    skipped: outcomes.flatMap(({ skipped }) => skipped),
  };
}

/** The closing line, alone on its line, that CI reads. */
export function closingLine({ passed, failed, skipped }: Outcome): string {
  return `${String(passed)} passed, ${String(failed.length)} failed, ${String(skipped.length)} skipped`;
}
