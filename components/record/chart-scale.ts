// Where the lines of a chart's value axis stand: whole, even numbers around the data. Pure.

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200];
const MOST_INTERVALS = 4;

/** Evenly spaced whole ticks, at most five, that enclose all of `values` (one or more numbers). */
export function valueTicks(values: readonly number[]): number[] {
  const least = Math.min(...values);
  const most = Math.max(...values);
  for (const step of STEPS) {
    const high = Math.ceil(most / step) * step;
    // Down, not up: of 100 % there is nothing above.
    const low = Math.min(Math.floor(least / step) * step, high - step);
    const intervals = Math.round((high - low) / step);
    if (intervals <= MOST_INTERVALS) {
      return Array.from({ length: intervals + 1 }, (_, index) => low + index * step);
    }
  }
  return [Math.floor(least), Math.ceil(most)];
}
