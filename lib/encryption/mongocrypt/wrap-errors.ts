// Layer mongocrypt: the one place where errors cross the border to the driver.
import type { MongoCryptErrorWrapper } from './types.ts';

/** Runs `action`; what it throws leaves as `errorWrapper` makes it, with the original as cause. */
export function wrapErrors<Result>(
  errorWrapper: MongoCryptErrorWrapper,
  action: () => Result,
): Result {
  try {
    return action();
  } catch (error) {
    throw errorWrapper(error instanceof Error ? error : new Error(String(error)));
  }
}
