// The head of the audit chain, kept apart from the database: without it, the last events could be cut off unseen. Signed
// under the audit key; replaced as a whole, so that a crash leaves the old one or the new one.
import 'server-only';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { env } from '@/lib/env';
import { auditHmac } from './audit-keys';
import { sameText, type ChainPoint } from './chain';

const shape = z.object({
  database: z.string(),
  seq: z.int().min(1),
  hash: z.string(),
  signature: z.string(),
});

export type HeadState = { state: 'none' | 'forged' } | { state: 'signed'; point: ChainPoint };

/** `forged`: the file is there, but nobody with the audit key wrote it, or it is that of another database. */
export function readSignedHead(database: string): HeadState {
  let text: string;
  try {
    text = readFileSync(env().auditHeadFile, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return { state: 'none' };
    }
    throw error;
  }
  const head = shape.safeParse(parsed(text)).data;
  if (head?.database !== database || !sameText(signatureOf(database, head), head.signature)) {
    return { state: 'forged' };
  }
  return { state: 'signed', point: { seq: head.seq, hash: head.hash } };
}

/** Never goes back: a head that is further on, written by another process, stays. */
export function writeSignedHead(database: string, { seq, hash }: ChainPoint): void {
  const known = readSignedHead(database);
  if (known.state === 'signed' && known.point.seq >= seq) return;
  const file = env().auditHeadFile;
  const signature = signatureOf(database, { seq, hash });
  const temporary = `${file}.${process.pid}`;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(temporary, `${JSON.stringify({ database, seq, hash, signature })}\n`, {
    mode: 0o600,
  });
  renameSync(temporary, file);
}

function signatureOf(database: string, { seq, hash }: ChainPoint): string {
  return auditHmac('head', JSON.stringify([database, seq, hash])).toString('hex');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
