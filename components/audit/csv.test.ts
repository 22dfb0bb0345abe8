import { describe, expect, it } from 'vitest';
import type { AuditRow } from '@/schemas/audit-log';
import { auditCsv } from './csv';

const event: AuditRow = {
  seq: 7,
  time: new Date('2026-11-22T14:05:06.000Z'),
  user: { name: 'Ada', username: 'ada' },
  userId: 'a'.repeat(24),
  role: 'doctor',
  session: '0123abcd',
  action: 'begin-emergency-access',
  outcome: 'ok',
  patients: ['p1', 'p2'],
  fields: ['ssn'],
  reason: 'why',
  emergency: true,
  operationId: null,
};

describe('the file of the audit log', () => {
  it('has one line for each event, times in UTC', () => {
    const [head, line, end] = auditCsv([event]).split('\r\n');
    expect(head).toContain('"position","time","user"');
    expect(line).toBe(
      '"7","2026-11-22T14:05:06.000Z","ada","doctor","0123abcd","begin-emergency-access","ok","ssn","p1 p2","ETREAT","why",""',
    );
    expect(end).toBe('');
  });
  it('lets no reason be a formula or end its line', () => {
    const evil = '=HYPERLINK("http://x")\r\n"8"';
    const text = auditCsv([{ ...event, reason: evil }]);
    expect(text).toContain(`"'=HYPERLINK(""http://x"")`);
    expect(text).not.toContain('\r\n"8"');
  });
});
