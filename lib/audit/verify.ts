// Reads the whole log in its order and names the first position where it is not what was written (C-36).
import 'server-only';
import { clinicDb } from '@/lib/db/connections';
import type { ChainProblem, ChainReport } from '@/schemas/audit-log';
import { auditEvents } from './append';
import { BEFORE_FIRST, linkProblem, type ChainPoint } from './chain';
import { readSignedHead } from './signed-head';

/** Streams; `progress` is called with the number of events that were read, and of all. */
export async function verifyChain(
  progress?: (read: number, all: number) => void,
): Promise<ChainReport> {
  const head = readSignedHead(clinicDb().databaseName);
  const all = await auditEvents().countDocuments();
  const headReplacedAt: number[] = [];
  let at: ChainPoint = BEFORE_FIRST;
  const bad = (problem: ChainProblem): ChainReport => ({
    verified: at.seq,
    bad: { position: at.seq + 1, problem },
    headReplacedAt,
  });
  for await (const event of auditEvents().find().sort({ seq: 1 })) {
    const problem = linkProblem(at, { ...event });
    if (problem !== null) return bad(problem);
    at = { seq: event.seq, hash: event.hash };
    if (event.action === 'replace-audit-head') headReplacedAt.push(event.seq);
    if (head.state === 'signed' && head.point.seq === at.seq && head.point.hash !== at.hash) {
      return {
        verified: at.seq - 1,
        bad: { position: at.seq, problem: 'other-head' },
        headReplacedAt,
      };
    }
    progress?.(at.seq, all);
  }
  if (head.state === 'forged') return bad('forged-head');
  if (head.state === 'none' && at.seq > 0) return bad('no-head');
  if (head.state === 'signed' && head.point.seq > at.seq) {
    return bad('cut-off');
  }
  return { verified: at.seq, bad: null, headReplacedAt };
}
