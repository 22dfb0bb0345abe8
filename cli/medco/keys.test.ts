import { describe, expect, it } from 'vitest';
import { createSupervisor } from '../start/supervisor.ts';
import { UsageError } from './command.ts';
import { keysCommand } from './keys.ts';

describe('medco keys', () => {
  it.each([
    [],
    ['nonsense'],
    ['constructor'],
    ['status', '--everything'],
    ['create'],
    ['alias'],
    ['alias', 'rename', '--key', 'a', '--alt-name', 'b'],
    ['alias', 'add', '--key', 'a'],
    ['rotate', '--how', 'fast'],
    ['migrate'],
    ['migrate', '--to', 'nowhere'],
    ['migrate', '--to', 'aws', '--how', 'fast'],
    ['retire'],
    ['retire', '--verify'],
    ['erase'],
    ['erase', '12'],
    ['erase', 'ABCDEFABCDEFABCDEFABCDEF'],
    ['verify', 'now'],
    ['backup', 'elsewhere'],
    ['restore'],
    ['restore', '--dry-run'],
    ['restore', 'a-file', '--force'],
  ])('refuses wrong usage before it starts anything: %j %j %j', async (...args) => {
    await expect(keysCommand.run(args, createSupervisor())).rejects.toThrow(UsageError);
  });

  it('has a form for every command, each with what it does', () => {
    for (const [form, what] of keysCommand.usage) {
      expect(form).toMatch(/^keys [a-z]+/);
      expect(what).not.toBe('');
    }
  });
});
