// Takes the copy of an unsaved entry. A route and no action: it must still be sent while the page goes away (`keepalive`), and
// must not hold up the action that saves the visit.
import { answerPatientAction } from '@/app/guard';
import { isSameOrigin } from '@/app/same-origin';
import type { ActionResult } from '@/components/form/action-result';
import { saveDraft } from '@/lib/data';
import { vitalsDraftSchema } from '@/schemas/vitals-draft';

interface DraftRoute {
  params: Promise<{ id: string }>;
}

export async function POST(request: Request, { params }: DraftRoute): Promise<Response> {
  if (!isOurs(request)) return Response.json(CROSS_ORIGIN, { status: 403 });
  const { id } = await params;
  const input: unknown = await request.json().catch(() => null);
  const result = await answerPatientAction(
    id,
    vitalsDraftSchema,
    input,
    async (staff, patient, draft) => {
      await saveDraft(staff, patient, draft);
      return null;
    },
  );
  return Response.json(result, { status: result.ok ? 200 : 409 });
}

const CROSS_ORIGIN: ActionResult = {
  ok: false,
  code: 'FORBIDDEN',
  message: 'This is taken from the clinic’s own pages only.',
};

/** A form of another site can send no JSON either. */
function isOurs(request: Request): boolean {
  const type = request.headers.get('content-type');
  return isSameOrigin(request) && type !== null && type.startsWith('application/json');
}
