// `npm run peers -- up|down|status`: real software to test against. See ARCHITECTURE.md for what uses it.
import { down, PeersUnavailableError, runningFerretdb, up } from './peers.ts';

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(verb: string | undefined): Promise<number> {
  switch (verb) {
    case 'up':
      say(`FerretDB: ${await up(say)}`);
      return 0;
    case 'down':
      await down();
      return 0;
    case 'status':
      say(`FerretDB: ${(await runningFerretdb()) ?? 'not running'}`);
      return 0;
    default:
      say('Usage: npm run peers -- up|down|status');
      return 2;
  }
}

main(process.argv[2]).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : 'failed'}\n`);
    // 3 tells "cannot be had here" from "broken".
    process.exitCode = error instanceof PeersUnavailableError ? 3 : 1;
  },
);
