// Storage layer, tests only: a process that writes without end and says on standard output what is durable, one
// line per acknowledged write. The crash test kills it; with `--hold` or `--hold-file` it only locks and waits.
// With MEDCO_AT_REST_… it writes into an encrypted directory.
import { readAtRestOptions } from '../encryption-at-rest/options.ts';
import { encryptedDatabaseFile } from '../encryption-at-rest/unlock.ts';
import { encode } from '../query/values.ts';
import { lockDirectory } from './lock.ts';
import { openStorage } from './storage.ts';

const [directory = '', mode] = process.argv.slice(2);
if (mode === '--hold-file') await lockDirectory(directory, 'darwin');
if (mode === '--hold') await openStorage({ directory });
if (mode === undefined) await writeForEver();
process.stdout.write('open\n');
setInterval(() => undefined, 1000);

async function writeForEver(): Promise<never> {
  const atRest = readAtRestOptions({ environment: process.env });
  const storage = await openStorage({
    directory,
    ttlIntervalMs: 0,
    ...(atRest && { databaseFile: encryptedDatabaseFile(atRest) }),
  });
  const collection = await storage.write(() => {
    const created = storage.createCollection('test', 'items');
    created.createIndexes([
      { name: 'n', key: { n: 1 } },
      { name: 'tags', key: { tags: 1 } },
      { name: 'u', key: { u: 1 }, unique: true },
    ]);
    return created;
  });
  process.stdout.write('open\n');
  let next = 0;
  const writer = async () => {
    for (;;) {
      const i = next++;
      await storage.write(() => {
        const recordId = collection.insert(encode({ _id: i, n: i, tags: [i % 7, i % 5], u: i }));
        if (i % 3 === 0) collection.replace(recordId, encode({ _id: i, n: -i, tags: [], u: i }));
      });
      process.stdout.write(`${String(i)}\n`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, writer));
  throw new Error('Expected to be killed');
}
