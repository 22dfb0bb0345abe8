import { describe, expect, it } from 'vitest';
import { remainingMs } from './session-rules';

const MINUTE = 60_000;
const start = new Date('2026-01-05T08:00:00Z');
const after = (minutes: number): Date => new Date(start.getTime() + minutes * MINUTE);

describe('session limits', () => {
  it.each([
    ['receptionist', 5],
    ['doctor', 15],
  ] as const)('a %s is signed out after %i idle minutes, not before', (role, minutes) => {
    const session = { createdAt: start, lastSeenAt: start };
    expect(remainingMs(session, role, new Date(after(minutes).getTime() - 1))).toBeGreaterThan(0);
    expect(remainingMs(session, role, after(minutes))).toBeLessThanOrEqual(0);
  });
  it('nobody stays longer than twelve hours, however active', () => {
    const session = { createdAt: start, lastSeenAt: after(719) };
    expect(remainingMs(session, 'doctor', after(719.9))).toBeGreaterThan(0);
    expect(remainingMs(session, 'doctor', after(720))).toBeLessThanOrEqual(0);
  });
});
