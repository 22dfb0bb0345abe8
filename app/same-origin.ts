// For route handlers, which have no check of their own (C-30): as Next.js does for actions, the origin must be the host.

export function isSameOrigin({ headers }: Request): boolean {
  const origin = headers.get('origin');
  const host = headers.get('x-forwarded-host') ?? headers.get('host');
  return origin !== null && URL.canParse(origin) && new URL(origin).host === host;
}
