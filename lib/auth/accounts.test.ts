import { describe, expect, it } from 'vitest';
import { isUsable, requirePassword } from './users';
import { hashPassword, verifyPassword } from './passwords';

describe('passwords', () => {
  it('are hashed with argon2id at the documented cost', async () => {
    expect(await hashPassword('heron-lantern-42')).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });
  it('match their own hash, in either Unicode spelling, and no other', async () => {
    const stored = await hashPassword('caf\u00e9-harbor');
    expect(await verifyPassword(stored, 'cafe\u0301-harbor')).toBe(true);
    expect(await verifyPassword(stored, 'cafe-harbor')).toBe(false);
  });
  it('match nothing when there is no account', async () => {
    expect(await verifyPassword(undefined, 'heron-lantern-42')).toBe(false);
  });
  it.each(['short', 'aaaaaaaaaaaa', 'Password1', '123456789', 'x'.repeat(257)])(
    'cannot be %s',
    (password) => {
      expect(() => requirePassword(password)).toThrow(RangeError);
    },
  );
  it('can be any eight characters that are not common', () => {
    expect(() => requirePassword('blau wal')).not.toThrow();
  });
});

describe('demo accounts', () => {
  it('are usable in demo mode and in no other', () => {
    const demo = { disabled: false, demo: true };
    expect(isUsable(demo, 'demo')).toBe(true);
    expect(isUsable(demo, 'production')).toBe(false);
    expect(isUsable({ ...demo, demo: false }, 'production')).toBe(true);
    expect(isUsable({ ...demo, disabled: true }, 'demo')).toBe(false);
  });
});
