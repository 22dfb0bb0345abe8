// The remaining time of an emergency access, as shown and as said aloud. Pure.

/** Forms are asked to save this long before the end. */
export const SAVE_AHEAD_MS = 10_000;

const SPOKEN_MINUTES = [10, 5, 1];

/** `29:05`; never below `0:00`. */
export function clockText(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** The minutes to announce now: only at some marks, since a screen reader would never fall silent otherwise. */
export function minutesToSay(leftMs: number): number | null {
  if (leftMs <= 0) return null;
  // Each mark stays in the live region until the next one; what does not change is not said again.
  return SPOKEN_MINUTES.toReversed().find((minutes) => leftMs <= minutes * 60_000) ?? null;
}
