// Interop with the official native addon: what one side refuses, the other refuses; and what ends the
// addon's process is an error here.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { badInputs, fatalToNative, takenByNative } from './testing/bad-inputs.ts';
import { nativeIsThere, type Side } from './testing/modules.ts';
import { clouds, createDataKey, failing } from './testing/unavailable-kms.ts';

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly said: string;
}

/** Runs one operation on the addon in a process of its own. */
async function inChild(kind: 'input' | 'unavailable', name: string): Promise<Ending> {
  const program = join(import.meta.dirname, 'testing/run-on-native.ts');
  return new Promise((resolve, reject) => {
    let said = '';
    const child = spawn(process.execPath, ['--import', 'tsx', program, kind, name], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve({ code, signal, said });
    });
  });
}

const titled = (titles: ReadonlySet<string>) => badInputs.filter(({ title }) => titles.has(title));
const others = badInputs.filter(
  ({ title }) => !takenByNative.has(title) && !fatalToNative.has(title),
);

describe.runIf(nativeIsThere)('bad inputs, beside the official native addon', () => {
  it.each(others)('$title: both refuse', ({ run }) => {
    expect(() => run('ours')).toThrow();
    expect(() => run('native')).toThrow();
  });

  it.each(titled(takenByNative))('$title: refused here, taken there', ({ run }) => {
    expect(() => run('ours')).toThrow();
    expect(() => run('native')).not.toThrow();
  });

  it.each(titled(fatalToNative))(
    '$title: an error here, the end of a process there',
    async (input) => {
      expect(() => input.run('ours')).toThrow();
      const { code, signal, said } = await inChild('input', input.title);
      expect({ died: signal ?? code, said }).toEqual({ died: 'SIGABRT', said: '' });
    },
  );
});

describe.runIf(nativeIsThere)(
  'a KMS that is unavailable once, with the calls of the driver',
  () => {
    it.each(clouds)('is asked again for a data key of %s', (provider) => {
      const steady = createDataKey('ours', provider, failing(503, 0));
      expect(createDataKey('ours', provider, failing(503, 1))).toHaveLength(steady.length);
      expect(() => createDataKey('ours', provider, failing(503, 4))).toThrow('HTTP status 503');
    });

    // Known of the addon, whose retry wants another driver's order of calls.
    it.each([
      ['aws', { code: 0, signal: null, said: 'key material not expected length' }],
      ['azure', { code: null, signal: 'SIGABRT', said: '' }],
      ['gcp', { code: null, signal: 'SIGABRT', said: '' }],
    ])('fails the addon for %s', async (provider, ending) => {
      const side: Side = 'native';
      expect(createDataKey(side, provider, failing(503, 0)).length).toBeGreaterThan(0);
      expect(await inChild('unavailable', provider)).toEqual(ending);
    });
  },
);
