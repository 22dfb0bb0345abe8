// Runs before every page. It adds security headers and sends people without a session cookie to the
// sign-in page. It authorises nothing: whoever forges a cookie meets the checks in lib/data.
import { NextResponse, type NextRequest } from 'next/server';

const DEVELOPMENT = process.env.NODE_ENV === 'development';
const OPEN_PATHS = ['/sign-in', '/api/auth'];

/** Scripts and styles of this origin only, each inline one by its nonce (ASVS 3.4.3). */
function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${DEVELOPMENT ? " 'unsafe-eval'" : ''}`,
    `style-src 'self' ${DEVELOPMENT ? "'unsafe-inline'" : `'nonce-${nonce}'`}`,
    "img-src 'self' data:",
    `connect-src 'self'${DEVELOPMENT ? ' ws:' : ''}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function isOpen(path: string): boolean {
  return OPEN_PATHS.some((open) => path === open || path.startsWith(`${open}/`));
}

function hasSessionCookie(request: NextRequest): boolean {
  return request.cookies.getAll().some(({ name }) => name.endsWith('medcomd.session'));
}

function isOverHttps(request: NextRequest): boolean {
  return (request.headers.get('x-forwarded-proto') ?? request.nextUrl.protocol).startsWith('https');
}

export function proxy(request: NextRequest): NextResponse {
  const policy = contentSecurityPolicy(Buffer.from(crypto.randomUUID()).toString('base64'));
  const response = answer(request, policy);
  response.headers.set('Content-Security-Policy', policy);
  response.headers.set('Cache-Control', 'private, no-store');
  if (isOverHttps(request)) {
    response.headers.set('Strict-Transport-Security', 'max-age=31536000; includeSubDomains');
  }
  if (request.method === 'POST' && request.nextUrl.pathname === '/api/auth/signout') {
    response.headers.set('Clear-Site-Data', '"cache"');
  }
  return response;
}

function answer(request: NextRequest, policy: string): NextResponse {
  // Actions are POSTs and refuse for themselves, so that a form can say that the session has ended.
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if (reads && !isOpen(request.nextUrl.pathname) && !hasSessionCookie(request)) {
    const target = request.nextUrl.clone();
    target.pathname = '/sign-in';
    target.search = '';
    return NextResponse.redirect(target);
  }
  // Next.js reads the nonce from the request's policy and puts it on every script that it writes.
  const headers = new Headers(request.headers);
  headers.set('Content-Security-Policy', policy);
  return NextResponse.next({ request: { headers } });
}

export const config = { matcher: ['/((?!_next/static|_next/image|icon.svg).*)'] };
