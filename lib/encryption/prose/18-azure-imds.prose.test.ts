// https://github.com/mongodb/specifications/blob/master/source/client-side-encryption/tests/README.md#18-azure-imds-credentials
// `azure: {}` means: ask the identity service of the virtual machine (IMDS) for a token. The driver
// does that, at a fixed address over plain HTTP; its function takes another address and headers for
// this very test. The last test goes the public way: Node's HTTP agent leads the fixed address to the
// stand-in, and a vault on loopback takes nothing but the token from there.
import { ClientEncryption } from 'mongodb';
import http, { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { azureToken } from '../testing/clouds.ts';
import { masterKeys, startKmsServers, vaultHost } from '../testing/kms-servers.ts';
import { deterministic, prepareSetting } from './setting.ts';

interface Token {
  readonly accessToken: string;
  readonly expiresOnTimestamp: number;
}
interface AzureProvider {
  fetchAzureKMSToken: (options?: { url?: URL; headers?: object }) => Promise<Token>;
  tokenCache: { resetCache: () => void };
}
const inner = 'mongodb/lib/client-side-encryption/providers/azure.js';
const require = createRequire(import.meta.url);
const { fetchAzureKMSToken, tokenCache } = require(inner) as AzureProvider;
const timers = require('node:timers') as { setTimeout: typeof setTimeout };

const seconds = 70;
let requests: IncomingMessage[] = [];
let answer: (response: ServerResponse) => void;
const server = createServer((request, response) => {
  requests.push(request);
  answer(response);
});
let url: URL;

function replying(status: number, body: string): typeof answer {
  return (response) => response.writeHead(status).end(body);
}

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  url = new URL(`http://127.0.0.1:${String(port)}/metadata/identity/oauth2/token`);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  requests = [];
  tokenCache.resetCache();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const fetchToken = () => fetchAzureKMSToken({ url, headers: { 'X-Test': 'prose 18' } });

describe('18. Azure IMDS', () => {
  it('case 1: a token and its life are read; the request asks for the vault’s', async () => {
    const body = {
      access_token: 'a token',
      expires_in: String(seconds),
      resource: 'https://vault.azure.net',
    };
    answer = replying(200, JSON.stringify(body));
    const before = Date.now();
    const token = await fetchToken();
    expect(token.accessToken).toBe('a token');
    expect(token.expiresOnTimestamp).toBeGreaterThanOrEqual(before + seconds * 1000);
    expect(token.expiresOnTimestamp).toBeLessThanOrEqual(Date.now() + seconds * 1000);
    const [request] = requests;
    const query = new URL(request?.url ?? '', url).searchParams;
    expect(query.get('resource')).toBe('https://vault.azure.net');
    expect(query.get('api-version')).toBe('2018-02-01');
    expect(request?.headers).toMatchObject({ metadata: 'true', 'x-test': 'prose 18' });
  });

  it.each([
    ['case 2: an object without the fields', 200, '{}', 'missing field `access_token`'],
    ['case 2: a token without its life', 200, '{"access_token":"t"}', 'missing field `expires_in`'],
    ['case 3: no JSON', 200, '{"access_token":', 'Malformed JSON'],
    ['case 4: not found', 404, '{"error":"not found"}', 'Unable to complete request'],
    ['case 5: an error of the server', 500, '{"error":"broken"}', 'Unable to complete request'],
  ])('%s is an error', async (_, status, body, message) => {
    answer = replying(status, body);
    const error: unknown = await fetchToken().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'MongoCryptAzureKMSRequestError' });
    expect(String(error)).toContain(message);
  });

  it('case 6: no answer within ten seconds is an error', async () => {
    // The driver takes its timer from Node's module; here it goes off when the test says so.
    let expire: () => void = () => undefined;
    const timer = vi.spyOn(timers, 'setTimeout').mockImplementation((callback: () => void) => {
      expire = callback;
      return undefined as unknown as NodeJS.Timeout;
    });
    const arrived = new Promise<void>((resolve) => {
      answer = () => {
        resolve();
      };
    });
    const fetching = fetchToken().catch((reason: unknown) => reason);
    await arrived;
    expect(timer.mock.calls.map(([, milliseconds]) => milliseconds)).toEqual([10_000]);
    expire();
    expect(await fetching).toMatchObject({
      name: 'MongoCryptAzureKMSRequestError',
      message: expect.stringContaining('timed out after 10 seconds') as string,
    });
  });

  it('its token opens the vault, through `kmsProviders: { azure: {} }` and nothing else', async () => {
    const body = { access_token: azureToken, expires_in: String(seconds) };
    answer = replying(200, JSON.stringify(body));
    const asked: string[] = [];
    const previous = http.globalAgent;
    const agent = new Agent();
    agent.createConnection = (options) => {
      asked.push(String((options as { host?: string }).host));
      return connect(Number(url.port), url.hostname);
    };
    http.globalAgent = agent;
    const [setting, servers] = await Promise.all([
      prepareSetting('prose18'),
      startKmsServers({ kmip: false }),
    ]);
    try {
      const clientEncryption = new ClientEncryption(setting.client, {
        keyVaultNamespace: setting.keyVaultNamespace,
        ...servers.options,
        kmsProviders: { azure: {} },
      });
      const masterKey = masterKeys.azure ?? {};
      const keyId = await clientEncryption.createDataKey('azure', { masterKey });
      const secret = await clientEncryption.encrypt('s', { keyId, algorithm: deterministic });
      expect(await clientEncryption.decrypt(secret)).toBe('s');
      expect(asked).toEqual(['169.254.169.254']);
      // No token was fetched from the identity platform: it came from the machine.
      expect(new Set(servers.dialled)).toEqual(new Set([`${vaultHost}:443`]));

      tokenCache.resetCache();
      answer = replying(404, '{}');
      await expect(clientEncryption.createDataKey('azure', { masterKey })).rejects.toMatchObject({
        name: 'MongoCryptAzureKMSRequestError',
      });
    } finally {
      http.globalAgent = previous;
      await setting.close();
      await servers.close();
    }
  });
});
