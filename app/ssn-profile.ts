// Which Social Security numbers this clinic takes: a demo only made-up ones, a real one none of those.
import 'server-only';
import { env } from '@/lib/env';
import type { SsnProfile } from '@/schemas/ssn';

export function ssnProfile(): SsnProfile {
  return env().mode === 'demo' ? 'demo' : 'real';
}
