// A line that says how far a long operation is, how fast, and how long it will take. Rewrites itself on a
// terminal; elsewhere it says something every few seconds.

export interface Progress {
  /** `done` of `total` things are finished, `now` of them in this run: the rate is this run's. `all` is a new total. */
  update: (done: number, now: number, all?: number) => void;
  /** Ends the line; call once. */
  finish: () => void;
}

const PLAIN_INTERVAL_MS = 3000;

export function createProgress(
  label: string,
  total: number,
  output: NodeJS.WriteStream = process.stdout,
  now: () => number = Date.now,
): Progress {
  const started = now();
  let lastPrinted = started;
  let latest = { done: 0, doneNow: 0 };
  let most = total;
  const print = (last: boolean): void => {
    const line = describeProgress(label, latest.doneNow, latest.done, most, now() - started);
    if (output.isTTY) output.write(`\r\u001b[2K${line}${last ? '\n' : ''}`);
    else if (last || now() - lastPrinted >= PLAIN_INTERVAL_MS) {
      lastPrinted = now();
      output.write(`${line}\n`);
    }
  };
  return {
    update: (done, doneNow, all = most) => {
      latest = { done, doneNow };
      most = all;
      if (done < most) print(false);
    },
    finish: () => print(true),
  };
}

/** `Patients: 120 of 500, 240/s, 2 s left`. */
export function describeProgress(
  label: string,
  doneNow: number,
  done: number,
  total: number,
  elapsedMs: number,
): string {
  const rate = elapsedMs > 0 ? (doneNow * 1000) / elapsedMs : 0;
  const left = rate > 0 ? `, ${formatSeconds((total - done) / rate)} left` : '';
  const end = done >= total ? `, ${formatSeconds(elapsedMs / 1000)} in all` : left;
  return `${label}: ${done} of ${total}, ${Math.round(rate)}/s${end}`;
}

function formatSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return `${Math.ceil(seconds / 60)} min`;
}
