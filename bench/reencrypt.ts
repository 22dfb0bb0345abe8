// `npm run bench:keys`: re-encryption in documents per second, as a ratio to reading and rewriting the same documents
// as they are, and the memory of the whole operation at several sizes of a clinic.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inProcess, type Result } from './reencrypt-pieces.ts';
import { startBenchServer } from './server.ts';

const { values } = parseArgs({
  options: { patients: { type: 'string', default: '1000,100000' } },
});

/** A few batches are compared at least, after those that warm up. */
const LEAST = 1000;

function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

function sizes(text: string): number[] {
  return text.split(',').map((part) => {
    const size = Number(part);
    if (Number.isInteger(size) && size >= LEAST) return size;
    throw new RangeError(`Expected \`--patients\` to list whole numbers of ${LEAST} or more`);
  });
}

/** Settings of a clinic of its own, which the operation need not wait for. */
function settingsOf(uri: string, dataDir: string, size: number): Record<string, string> {
  return {
    MEDCO_MODE: 'demo',
    MEDCO_DATA_DIR: join(dataDir, String(size)),
    MEDCO_DATABASE_PREFIX: `keys${size}_`,
    MONGODB_URI: uri,
    KEY_EXPIRATION_MS: '1',
  };
}

async function measure(uri: string, dataDir: string, size: number): Promise<Result> {
  const settings = settingsOf(uri, dataDir, size);
  await inProcess({ piece: 'load', size }, settings);
  const compared = await inProcess({ piece: 'compare', size }, settings);
  const whole = await inProcess({ piece: 'whole', size }, settings);
  return { ...compared, ...whole };
}

function show(results: readonly Result[]): void {
  const count = (value: number | undefined) => Math.round(value ?? NaN).toLocaleString('en');
  const rows = results.map((result) => {
    const { size, converted = NaN, rewritten = NaN, seconds = NaN, converting = NaN } = result;
    return {
      patients: size.toLocaleString('en'),
      'rewritten/s': count(rewritten),
      'converted/s': count(converted),
      ratio: `${(rewritten / converted).toFixed(1)}x`,
      'whole operation': `${seconds.toFixed(0)} s`,
      'its main pass': `${count(size / converting)}/s`,
      'heap in use': `${count(result.heapMiB)} MiB`,
      'peak memory': `${count(result.peakMiB)} MiB`,
    };
  });
  const names = Object.keys(rows[0] ?? {}) as (keyof (typeof rows)[number])[];
  const widths = names.map((name) => Math.max(name.length, ...rows.map((row) => row[name].length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, at) => cell.padStart(widths[at] ?? 0)).join('  ');
  say(line(names));
  for (const row of rows) say(line(names.map((name) => row[name])));
}

async function main(): Promise<void> {
  const wanted = sizes(values.patients);
  say(
    'Re-encryption on the embedded server; 1 to 60 visits, one data key per patient, batches of 100',
  );
  const server = await startBenchServer();
  const dataDir = await mkdtemp(join(tmpdir(), 'medco-bench-keys-'));
  try {
    const results: Result[] = [];
    for (const size of wanted) {
      say(`${size.toLocaleString('en')} patients`);
      results.push(await measure(server.uri, dataDir, size));
    }
    say();
    show(results);
  } finally {
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : 'failed'}\n`);
  process.exitCode = 1;
});
