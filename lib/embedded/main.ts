// The embedded server as a process: `tsx lib/embedded/main.ts --dbpath DIRECTORY [--port PORT]`, with the options
// of encryption at rest (docs/at-rest.md) as flags, environment variables or in the file of `--config`.
// Prints its address on one line; SIGINT and SIGTERM close it cleanly.
import { readFlags } from './encryption-at-rest/option-sources.ts';
import { readAtRestOptions } from './encryption-at-rest/options.ts';
import { rotateDirectory } from './encryption-at-rest/rotate.ts';
import { encryptedDatabaseFile } from './encryption-at-rest/unlock.ts';
import { startEmbeddedServer } from './server.ts';

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function warn(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, { dbpath: { type: 'string' }, port: { type: 'string' } });
  const { dbpath: directory, port: given = '27117' } = flags.own;
  if (typeof directory !== 'string') {
    throw new TypeError('Expected `--dbpath DIRECTORY`, got none');
  }
  const port = Number(given);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError('Expected `--port` to be a whole number from 0 to 65535');
  }
  const atRest = readAtRestOptions({ flags, environment: process.env });
  for (const notice of atRest?.notices ?? []) warn(notice);
  if (atRest?.rotateMasterKey === true) {
    // As `mongod` does: rotates, and ends without serving.
    say(await rotateDirectory(directory, atRest.masterKey, undefined, warn));
    return;
  }
  const server = await startEmbeddedServer({
    directory,
    port,
    ...(atRest && { databaseFile: encryptedDatabaseFile(atRest, warn) }),
  });
  say(`embedded database listening on ${server.uri}`);
  const stop = () => {
    server.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  warn(error instanceof Error ? error.message : 'Start failed');
  process.exit(1);
});
