// Where in a list of hits a person is. The server knows only how to go on, so the way back is kept here. Pure.
import type { Asked, FoundPatients } from './found-patients';

export interface FoundPage {
  asked: Asked;
  results: FoundPatients;
  /** As the first page said it. */
  count: NonNullable<FoundPatients['count']>;
  /** How many hits are on the pages before this one. */
  before: number;
  /** What to send for each page before this one and for this one, in order; the first page needs nothing. */
  trail: readonly (string | undefined)[];
  /** `before` of each page in `trail`. */
  starts: readonly number[];
}

export type Step = 'first' | 'next' | 'previous';

/** What to send for the next or previous page; `undefined` for the first. */
export function placeOf(page: FoundPage, step: 'next' | 'previous'): string | undefined {
  return step === 'next' ? (page.results.next ?? undefined) : page.trail.at(-2);
}

/** The page that has arrived, after `step` from `from`. */
export function arrived(
  asked: Asked,
  results: FoundPatients,
  from: FoundPage | null,
  step: Step,
): FoundPage {
  const count = results.count ?? from?.count ?? { total: results.patients.length, moreThan: false };
  if (from === null || step === 'first') {
    return { asked, results, count, before: 0, trail: [undefined], starts: [0] };
  }
  const isBack = step === 'previous';
  const before = isBack ? (from.starts.at(-2) ?? 0) : from.before + from.results.patients.length;
  return {
    asked,
    results,
    count,
    before,
    trail: isBack ? from.trail.slice(0, -1) : [...from.trail, from.results.next ?? undefined],
    starts: isBack ? from.starts.slice(0, -1) : [...from.starts, before],
  };
}
