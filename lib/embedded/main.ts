// The embedded server as a process: `tsx lib/embedded/main.ts --dbpath DIRECTORY [--port PORT]`.
// Prints its address on one line; SIGINT and SIGTERM close it cleanly.
import { parseArgs } from 'node:util';

import { startEmbeddedServer } from './server.ts';

const { values } = parseArgs({
  options: { dbpath: { type: 'string' }, port: { type: 'string', default: '27117' } },
});

async function main(): Promise<void> {
  if (values.dbpath === undefined) throw new TypeError('Expected `--dbpath DIRECTORY`, got none');
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError('Expected `--port` to be a whole number from 0 to 65535');
  }
  const server = await startEmbeddedServer({ directory: values.dbpath, port });
  process.stdout.write(`embedded database listening on ${server.uri}\n`);
  const stop = () => {
    server.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : 'Start failed'}\n`);
  process.exit(1);
});
