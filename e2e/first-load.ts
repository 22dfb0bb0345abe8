// What a page costs the browser: the scripts and styles that its first visit loads with an empty cache, as they travel
// (compressed). Knows no page of the clinic.
import type { Page } from '@playwright/test';

export interface FirstLoad {
  /** Compressed bytes. */
  scripts: number;
  styles: number;
  /** The document itself, compressed. */
  document: number;
  requests: number;
}

/** Visits `url` in `page`, whose context must not have visited the clinic before, and waits until the network is quiet. */
export async function measureFirstLoad(page: Page, url: string): Promise<FirstLoad> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  const types = new Map<string, string>();
  const load: FirstLoad = { scripts: 0, styles: 0, document: 0, requests: 0 };
  session.on('Network.responseReceived', ({ requestId, type }) => types.set(requestId, type));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const type = types.get(requestId);
    load.requests += 1;
    if (type === 'Script') load.scripts += encodedDataLength;
    if (type === 'Stylesheet') load.styles += encodedDataLength;
    if (type === 'Document') load.document += encodedDataLength;
  });
  await page.goto(url, { waitUntil: 'networkidle' });
  await session.detach();
  return load;
}

/** Bytes as people read them: `123.4 kB`, of 1,000 bytes each. */
export function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
