// How long the session has left (GET), and that its person did something (POST): what the idle warning lives on. Polling
// with GET extends nothing (C-04).
import { isSameOrigin } from '@/app/same-origin';
import { sessionRemaining, touchCurrentSession } from '@/lib/auth';

export async function GET(): Promise<Response> {
  return reply(await sessionRemaining());
}

/** From this origin only (C-30). */
export async function POST(request: Request): Promise<Response> {
  if (!isSameOrigin(request)) return new Response(null, { status: 403 });
  return reply(await touchCurrentSession());
}

function reply(remainingMs: number | null): Response {
  return remainingMs === null
    ? new Response(null, { status: 401 })
    : Response.json({ remainingMs });
}
