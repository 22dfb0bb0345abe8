// Server actions as raw HTTP: records the call that a page makes, so that it can be sent again with
// another person's session or with other arguments, as someone who bypasses the screens would.
import type { APIRequestContext, APIResponse, Page } from '@playwright/test';

export interface ActionCall {
  url: string;
  action: string;
  /** The arguments as JSON text. */
  body: string;
}

/** The first server action that `page` calls while `act` runs and whose arguments hold `holding`. */
export async function recordAction(
  page: Page,
  act: () => Promise<void>,
  holding = '',
): Promise<ActionCall> {
  const sent = page.waitForRequest(
    (request) => 'next-action' in request.headers() && (request.postData() ?? '').includes(holding),
  );
  await act();
  const request = await sent;
  return {
    url: request.url(),
    action: request.headers()['next-action'] ?? '',
    body: request.postData() ?? '',
  };
}

/** Sends a recorded call with the cookies of `request`; `overrides` replace arguments or headers. */
export function replayAction(
  request: APIRequestContext,
  call: ActionCall,
  overrides: { body?: string; url?: string; origin?: string } = {},
): Promise<APIResponse> {
  const url = overrides.url ?? call.url;
  return request.post(url, {
    headers: {
      'next-action': call.action,
      accept: 'text/x-component',
      'content-type': 'text/plain;charset=UTF-8',
      origin: overrides.origin ?? new URL(url).origin,
    },
    data: overrides.body ?? call.body,
    maxRedirects: 0,
  });
}
