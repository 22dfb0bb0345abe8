// `medco keys status` and `keys verify`: what there is and whether it is as it should be, for people or as JSON. Prints
// names, counts and times; never key material.
import { findKey, inventoryKeys, readInventory, type KeyEntry } from '../../lib/keys/inventory.ts';
import { verifyKeys, type Verification } from '../../lib/keys/operations/index.ts';
import { readOptions, say } from './command.ts';
import { keyLines, summaryLines } from './keys-report.ts';
import { showPhases } from './keys-progress.ts';

const MOST_SHOWN = 20;

/** Reads the arguments; what it returns needs the database. */
export function statusCommand(args: readonly string[]): () => Promise<void> {
  const { json, all, key, verify } = readOptions(args, {
    json: { type: 'boolean' },
    all: { type: 'boolean' },
    key: { type: 'string' },
    verify: { type: 'boolean' },
  });
  if (key !== undefined) return () => showKey(key, json === true);
  return async () => {
    await (json === true ? writeJson(all === true) : writeText(all === true));
    if (verify === true) await verifyAndSay(json === true ? process.stderr : process.stdout);
  };
}

export function verifyCommand(args: readonly string[]): () => Promise<void> {
  const { json } = readOptions(args, { json: { type: 'boolean' } });
  return async () => {
    if (json !== true) return verifyAndSay();
    const verification = await verifyWithProgress(process.stderr);
    say(JSON.stringify(verification, null, 2));
    requireNoProblems(verification);
  };
}

/** Throws if anything is wrong, after it has been said. */
export async function verifyAndSay(output: NodeJS.WriteStream = process.stdout): Promise<void> {
  const verification = await verifyWithProgress(output);
  const { keys, records, erased, values, problems } = verification;
  for (const { kind, text } of problems) output.write(`  ${kind}: ${text}\n`);
  requireNoProblems(verification);
  output.write(
    `Verified: ${keys} data keys, ${records} records with ${values} encrypted values that decrypt, ${erased} erased\n`,
  );
}

async function verifyWithProgress(output: NodeJS.WriteStream): Promise<Verification> {
  const lines = showPhases(output);
  try {
    return await verifyKeys(lines.onProgress);
  } finally {
    lines.finish();
  }
}

function requireNoProblems({ problems }: Verification): void {
  if (problems.length === 0) return;
  const more = problems.length >= 100 ? ' or more' : '';
  throw new Error(`The verification found ${problems.length}${more} problems; see docs/keys.md`);
}

async function showKey(key: string, json: boolean): Promise<void> {
  const entry = await findKey(key);
  if (entry === null) throw new Error(`There is no data key with the id or alt name ${key}`);
  if (json) say(JSON.stringify(entry, null, 2));
  else for (const line of keyLines(entry)) say(line);
}

async function writeText(all: boolean): Promise<void> {
  const inventory = await readInventory();
  for (const line of summaryLines(inventory)) say(line);
  const show = (entry: KeyEntry): void => {
    for (const line of keyLines(entry)) say(line);
  };
  if (all) for await (const entry of inventoryKeys()) show(entry);
  else {
    inventory.keys.slice(0, MOST_SHOWN).forEach(show);
    const more = inventory.keys.length - MOST_SHOWN;
    if (more > 0) say(`${more} more: \`keys status --all\``);
  }
}

/** One object. With `all`, its `keys` are written one by one: a clinic's keys need not fit into memory. */
async function writeJson(all: boolean): Promise<void> {
  const inventory = await readInventory();
  if (!all) {
    say(JSON.stringify(inventory, null, 2));
    return;
  }
  const summary = JSON.stringify({ ...inventory, keys: undefined }, null, 2);
  say(`${summary.slice(0, -2)},\n  "keys": [`);
  let before = '';
  for await (const entry of inventoryKeys()) {
    process.stdout.write(`${before}    ${JSON.stringify(entry)}`);
    before = ',\n';
  }
  say('\n  ]\n}');
}
