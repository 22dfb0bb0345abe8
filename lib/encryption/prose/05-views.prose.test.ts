// https://github.com/mongodb/specifications/blob/master/source/client-side-encryption/tests/README.md#5-views-are-prohibited
// A view has no schema of its own, so nothing is known about what it holds: a client with automatic
// encryption refuses every command on it. Only MongoDB has views; for the other servers a proxy
// answers `listCollections` as MongoDB does for a view.
import { MongoServerError, type Document, type MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testServerKind, testServerUri } from '../../testing/server.ts';
import { startCommandProxy, type CommandProxy } from '../testing/command-proxy.ts';
import { localProviders, prepareSetting, type Setting } from './setting.ts';

let setting: Setting;
let proxy: CommandProxy | undefined;
let encrypted: MongoClient;
const sent: string[] = [];

function listedView(command: Document): Document {
  const { $db: database } = command as { $db: string };
  const view = {
    name: 'view',
    type: 'view',
    options: { viewOn: 'coll', pipeline: [] },
    info: { readOnly: true },
  };
  const ns = `${database}.$cmd.listCollections`;
  return { ok: 1, cursor: { id: 0n, ns, firstBatch: [view] } };
}

beforeAll(async () => {
  setting = await prepareSetting('prose5');
  const { keyVaultNamespace } = setting;
  let uri = testServerUri();
  if (testServerKind() === 'mongodb') {
    await setting.client.db(setting.database).createCollection('view', { viewOn: 'coll' });
  } else {
    proxy = await startCommandProxy(uri, (command, name) =>
      name === 'listCollections' ? listedView(command) : undefined,
    );
    uri = proxy.uri;
  }
  const autoEncryption = { keyVaultNamespace, kmsProviders: localProviders };
  encrypted = await setting.connect({ autoEncryption, monitorCommands: true }, uri);
  encrypted.on('commandStarted', ({ commandName }) => sent.push(commandName));
});
afterAll(async () => {
  await setting.close();
  await proxy?.close();
});

describe('5. views', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['insert into', () => encrypted.db(setting.database).collection('view').insertOne({ a: 1 })],
    ['find in', () => encrypted.db(setting.database).collection('view').findOne({})],
    ['aggregate', () => encrypted.db(setting.database).collection('view').aggregate([]).toArray()],
  ])('a client with automatic encryption does not %s one', async (_, attempt) => {
    sent.length = 0;
    const error: unknown = await attempt().catch((reason: unknown) => reason);
    expect(error).not.toBeInstanceOf(MongoServerError);
    expect(String(error)).toContain(`cannot auto encrypt a view: ${setting.database}.view`);
    expect(sent.filter((name) => name !== 'listCollections')).toEqual([]);
  });
});
