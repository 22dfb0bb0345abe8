import { describe, expect, it } from 'vitest';
import { emergencyReasonSchema, emergencyReviewSchema } from './emergency-access';

const accepts = (reason: string) => emergencyReasonSchema.safeParse({ reason }).success;

describe('the reason of an emergency access', () => {
  it('is a sentence, its white space made plain', () => {
    const parsed = emergencyReasonSchema.parse({
      reason: '  Unconscious,\n brought by  ambulance ',
    });
    expect(parsed.reason).toBe('Unconscious, brought by ambulance');
  });
  it.each([
    '',
    'urgent',
    'x '.repeat(200),
    `Unconscious${String.fromCodePoint(0x202e)} in the street`,
  ])('is not %j', (reason) => {
    expect(accepts(reason)).toBe(false);
  });
  it.each(['900-12-3456', '900 12 3456', '900123456', '(555) 010-1234', '9.0.0.1.2.3.4'])(
    'holds no number like %s',
    (number) => {
      expect(accepts(`Unconscious patient, number ${number} on the card`)).toBe(false);
    },
  );
  it('may hold a room or a time', () => {
    expect(accepts('Collapsed in room 412 at 14:05, no relatives here')).toBe(true);
  });
});

describe('a review', () => {
  const review = (verdict: string, note: string) =>
    emergencyReviewSchema.safeParse({ id: '0'.repeat(24), verdict, note }).success;
  it.each([
    ['justified', '', true],
    ['justified', 'Ambulance report seen', true],
    ['unjustified', '', false],
    ['unjustified', 'No emergency that day', true],
    ['follow-up', '   ', false],
    ['', 'Fine', false],
    ['unjustified', 'See 900-12-3456', false],
  ])('%j with the note %j: %s', (verdict, note, accepted) => {
    expect(review(verdict, note)).toBe(accepted);
  });
});
