// https://github.com/mongodb/specifications/blob/master/source/client-side-encryption/tests/README.md#14-decryption-events
// Decryption comes after the event of success: monitoring sees ciphertext, and a reply that cannot be
// decrypted was a success to the server and is an error to the caller. Errors of the server and of the
// network are events of failure. The specification makes those by fail points, which only MongoDB has;
// here a proxy before the server does what the fail point would do.
import {
  Binary,
  type Collection,
  type CommandFailedEvent,
  type CommandSucceededEvent,
  type Document,
} from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testServerUri } from '../../testing/server.ts';
import {
  startCommandProxy,
  type CommandProxy,
  type Intervention,
} from '../testing/command-proxy.ts';
import { deterministic, localProviders, prepareSetting, type Setting } from './setting.ts';

let setting: Setting;
let proxy: CommandProxy;
let coll: Collection;
let ciphertext: Binary;
let malformed: Binary;
/** What happens to the next aggregate. */
let failPoint: Intervention;
let succeeded: CommandSucceededEvent[] = [];
let failed: CommandFailedEvent[] = [];

beforeAll(async () => {
  setting = await prepareSetting('prose14');
  const { clientEncryption, keyVaultNamespace } = setting;
  const keyId = await clientEncryption.createDataKey('local');
  ciphertext = await clientEncryption.encrypt('hello', { keyId, algorithm: deterministic });
  const bytes = Buffer.from(ciphertext.buffer);
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) ^ 1;
  malformed = new Binary(bytes, Binary.SUBTYPE_ENCRYPTED);
  proxy = await startCommandProxy(testServerUri(), (_, name) => {
    if (name !== 'aggregate') return undefined;
    const action = failPoint;
    failPoint = undefined;
    return action;
  });
  const autoEncryption = { keyVaultNamespace, kmsProviders: localProviders };
  const options = { autoEncryption, retryReads: false, monitorCommands: true };
  const client = await setting.connect(options, proxy.uri);
  client.on('commandSucceeded', (event) => {
    if (event.commandName === 'aggregate') succeeded.push(event);
  });
  client.on('commandFailed', (event) => {
    if (event.commandName === 'aggregate') failed.push(event);
  });
  coll = client.db(setting.database).collection('coll');
});
afterAll(async () => {
  await setting.close();
  await proxy.close();
});
beforeEach(async () => {
  await setting.coll.deleteMany({});
  failPoint = undefined;
  [succeeded, failed] = [[], []];
});

const aggregate = () => coll.aggregate([]).toArray();

/** The first document of the last reply, as monitoring saw it. */
function monitored(): Document | undefined {
  const reply = succeeded.at(-1)?.reply as { cursor: { firstBatch: Document[] } } | undefined;
  return reply?.cursor.firstBatch[0];
}

describe('14. decryption and command monitoring', () => {
  it('case 1: an error of the server is an event of failure', async () => {
    failPoint = { ok: 0, code: 123, codeName: 'NotExactValueField', errmsg: 'failpoint' };
    await expect(aggregate()).rejects.toMatchObject({ name: 'MongoServerError', code: 123 });
    expect([failed.length, succeeded.length]).toEqual([1, 0]);
  });

  it('case 2: an error of the network is an event of failure', async () => {
    failPoint = 'close';
    await expect(aggregate()).rejects.toMatchObject({ name: 'MongoNetworkError' });
    expect([failed.length, succeeded.length]).toEqual([1, 0]);
  });

  it('case 3: a reply that cannot be decrypted is an event of success, with ciphertext, and an error', async () => {
    await coll.insertOne({ encrypted: malformed });
    await expect(aggregate()).rejects.toMatchObject({
      name: 'MongoCryptError',
      message: expect.stringContaining('HMAC validation failure') as string,
    });
    expect([failed.length, succeeded.length]).toEqual([0, 1]);
    expect(monitored()?.['encrypted']).toEqual(malformed);
  });

  it('case 4: a reply that is decrypted was seen as ciphertext', async () => {
    await coll.insertOne({ encrypted: ciphertext });
    expect(await aggregate()).toMatchObject([{ encrypted: 'hello' }]);
    expect([failed.length, succeeded.length]).toEqual([0, 1]);
    expect(monitored()?.['encrypted']).toEqual(ciphertext);
  });
});
