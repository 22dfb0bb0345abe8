// `npm run bench:native`: what encrypting and decrypting cost here, as a ratio to the official native addon
// in the same process, through the contract that the driver uses, with the data key in the cache.
import { serialize, type Document } from 'bson';
import { converse } from '../lib/encryption/interop/testing/converse.ts';
import {
  engineOf,
  nativeIsThere,
  type Engine,
  type Side,
  sides,
} from '../lib/encryption/interop/testing/modules.ts';
import { parse, vaultKey, worldOf } from '../lib/encryption/interop/testing/vault.ts';
import { sideBySide, type Way } from './compare.ts';

const rounds = 300;
const key = vaultKey(1);
const world = worldOf([key]);
const engines: Readonly<Record<Side, Engine>> | undefined = nativeIsThere
  ? { ours: engineOf('ours'), native: engineOf('native') }
  : undefined;

/** One operation, and how often it makes up a round: a round must be long enough to be timed. */
interface Work {
  readonly title: string;
  readonly repeat: number;
  readonly run: (engine: Engine) => Buffer;
  /** The bytes that both sides must give, where they are foretold. */
  readonly expected?: Uint8Array;
}

const algorithm = (name: string) => `AEAD_AES_256_CBC_HMAC_SHA_512-${name}`;

function encrypting(title: string, value: unknown, name: 'Deterministic' | 'Random'): Work {
  const message = serialize({ v: value });
  const options = { keyId: key.id, algorithm: algorithm(name), expressionMode: false };
  const run = (engine: Engine) =>
    converse(engine.makeExplicitEncryptionContext(message, options), world).output;
  const foretold = name === 'Deterministic' && { expected: run(engineOf('ours')) };
  return { title: `encrypt ${title}, ${name}`, repeat: 10, run, ...foretold };
}

function decrypting(fields: number, repeat: number): Work {
  const engine = engineOf('ours');
  const plain: Document = {};
  const encrypted: Document = {};
  const options = { keyId: key.id, algorithm: algorithm('Random'), expressionMode: false };
  for (let index = 0; index < fields; index++) {
    const v = `value ${index}`;
    plain[`field${index}`] = v;
    const context = engine.makeExplicitEncryptionContext(serialize({ v }), options);
    encrypted[`field${index}`] = parse(converse(context, world).output)['v'] as unknown;
  }
  const reply = serialize(encrypted);
  return {
    title: `decrypt a document of ${fields} fields`,
    repeat,
    run: (each) => converse(each.makeDecryptionContext(reply), world).output,
    expected: serialize(plain),
  };
}

function wayOf(side: Side, { repeat, run, expected }: Work): Way {
  const engine = engines?.[side];
  if (!engine) throw new Error('Expected the native addon');
  return () => {
    for (let count = 0; count < repeat; count++) {
      const output = run(engine);
      if (output.length === 0 || (expected && !output.equals(expected))) {
        throw new Error('Expected the same bytes of both sides');
      }
    }
    return Promise.resolve();
  };
}

async function main(): Promise<void> {
  const work = [
    encrypting('an int', 7, 'Deterministic'),
    encrypting('an int', 7, 'Random'),
    encrypting('a string of 20', 'x'.repeat(20), 'Deterministic'),
    encrypting('a string of 20', 'x'.repeat(20), 'Random'),
    encrypting('a string of 1 KiB', 'x'.repeat(1024), 'Deterministic'),
    encrypting('a string of 1 KiB', 'x'.repeat(1024), 'Random'),
    decrypting(10, 2),
    decrypting(1500, 1),
  ];
  process.stdout.write(`Median time here to that of the official addon, ${rounds} rounds\n`);
  for (const each of work) {
    const ways = Object.fromEntries(sides.map((side) => [side, wayOf(side, each)]));
    await sideBySide(50, ways);
    const { ours = NaN, native = NaN } = await sideBySide(rounds, ways);
    const [here, there] = [ours, native].map((time) => ((time / each.repeat) * 1000).toFixed(1));
    const ratio = `${(ours / native).toFixed(2)}x`;
    process.stdout.write(`  ${each.title.padEnd(42)} ${ratio}  (${here} µs to ${there} µs)\n`);
  }
}

if (engines) await main();
else process.stdout.write('Skipped: the official native addon cannot be had here\n');
