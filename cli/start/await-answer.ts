// Waits until a web server answers.
import { setTimeout as delay } from 'node:timers/promises';

const INTERVAL_MS = 100;

/** Resolves at the first answer that is not a server error. Rejects after `patienceMs`. */
export async function awaitAnswer(url: string, patienceMs: number): Promise<void> {
  const until = Date.now() + patienceMs;
  while (Date.now() < until) {
    try {
      const response = await fetch(url, {
        redirect: 'manual',
        signal: AbortSignal.timeout(10_000),
      });
      if (response.status < 500) return;
    } catch {
      // Nobody listens yet.
    }
    await delay(INTERVAL_MS);
  }
  throw new Error(`The clinic did not answer within ${Math.round(patienceMs / 1000)} seconds`);
}
