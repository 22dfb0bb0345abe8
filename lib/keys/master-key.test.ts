import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KeyError } from './errors';
import { createMasterKeyFile, readMasterKey } from './master-key';

const folder = mkdtempSync(join(tmpdir(), 'medco-key-'));

describe('master key file', () => {
  it('is created with 96 bytes that only the owner can read', () => {
    const path = join(folder, 'new/master-key.bin');
    expect(createMasterKeyFile(path)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readMasterKey(path)).toHaveLength(96);
  });
  it('is never overwritten', () => {
    const path = join(folder, 'kept.bin');
    createMasterKeyFile(path);
    const before = readFileSync(path);
    expect(createMasterKeyFile(path)).toBe(false);
    expect(readFileSync(path)).toEqual(before);
  });
  it('differs from file to file', () => {
    const [a, b] = [join(folder, 'a.bin'), join(folder, 'b.bin')];
    createMasterKeyFile(a);
    createMasterKeyFile(b);
    expect(readFileSync(a)).not.toEqual(readFileSync(b));
  });
  it('is not used when others can read it, and the error holds none of it', () => {
    const path = join(folder, 'open.bin');
    writeFileSync(path, Buffer.from(Array.from({ length: 96 }, (_, at) => at)), { mode: 0o644 });
    expect(() => readMasterKey(path)).toThrow(KeyError);
    expect(() => readMasterKey(path)).toThrow('mode 600');
  });
});
