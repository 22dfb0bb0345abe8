// Encryption at rest, tests only: a process that converts a directory, or rotates its master key for ever between two
// files, and says each step on standard output. The tests kill it.
import { convertDirectory } from './convert.ts';
import { rotateDirectory } from './rotate.ts';

const [directory = '', mode = '', keyFile = '', otherKeyFile = ''] = process.argv.slice(2);
const silent = () => undefined;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

if (mode === 'rotate') {
  let [from, to] = [keyFile, otherKeyFile];
  for (;;) {
    await rotateDirectory(directory, { provider: 'local', keyFile: from }, to, silent);
    [from, to] = [to, from];
    say('rotated');
  }
} else {
  await convertDirectory({
    directory,
    to: mode === 'encrypted' ? 'encrypted' : 'clear',
    masterKey: { provider: 'local', keyFile },
    notify: silent,
    onProgress: (phase, done, now, total) => {
      say(`${phase} ${String(done)} ${String(now)} ${String(total)}`);
    },
  });
  say('converted');
}
