// A master key on real KMIP servers: two PyKMIP servers on one key store, TLS with client certificates. Skipped by
// name where Python or its package index cannot be had.
import { execFile } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ensurePykmip, type Pykmip, startPykmip } from '../../../peers/pykmip.ts';
import { type Certificates, makeCertificates } from '../../encryption/testing/certificates.ts';
import { encryptedFileName, KEYSTORE_FILE } from '../storage/database-file.ts';
import { temporaryDirectory } from '../storage/testing.ts';
import { readKeystore } from './keystore.ts';
import { destroy, isActive, makeKey, makeSecret, revoke } from './kmip-officer.ts';
import type { KmipOptions } from './options.ts';
import { rotateDirectory } from './rotate.ts';
import {
  convert,
  directoryWith,
  filesWith,
  newCanaries,
  openDirectory,
  readPatients,
  withStorage,
} from './testing.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

describe.skipIf(!(await ensurePykmip()))('a master key on two KMIP servers', () => {
  let certificates: Certificates;
  let strangers: Certificates;
  let keyStore: string;
  let servers: readonly [Pykmip, Pykmip];

  beforeAll(async () => {
    keyStore = mkdtempSync(join(tmpdir(), 'medco-at-rest-kmip-'));
    [certificates, strangers] = await Promise.all([makeCertificates(), makeCertificates()]);
    // One after the other: both make the tables of a new key store.
    const first = await startPykmip(certificates, { keyStore });
    servers = [first, await startPykmip(certificates, { keyStore })];
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await Promise.all([certificates.remove(), strangers.remove()]);
    rmSync(keyStore, { recursive: true, force: true });
  });

  /** What OpenSSL says of a password. */
  function opening(file: string, passphrase: string): string {
    try {
      createPrivateKey({ key: readFileSync(file), passphrase });
      return 'opened';
    } catch (error) {
      return String(error);
    }
  }

  function options(changes: Partial<KmipOptions> = {}): KmipOptions {
    return {
      provider: 'kmip',
      servers: servers.map(({ port }) => ({ host: 'localhost', port })),
      serverCAFile: certificates.caFile,
      clientCertificateFile: certificates.clientFile,
      clientKeyFile: undefined,
      clientCertificatePassword: undefined,
      keyIdentifier: undefined,
      ...changes,
    };
  }

  const rotate = (directory: string, kmip: KmipOptions) =>
    rotateDirectory(directory, kmip, undefined, () => undefined);

  it('is made when none is named, opens again, and no file shows a word', async () => {
    const canaries = newCanaries(100);
    const directory = temporaryDirectory();
    const notices: string[] = [];
    await withStorage(directory, options(), () => undefined, notices);
    const { keyIdentifier = '' } = readKeystore(directory);
    expect(notices).toEqual([`Made master key \`${keyIdentifier}\` on the KMIP server.`]);
    expect(await isActive(options(), keyIdentifier)).toBe(true);

    const other = await directoryWith(canaries, options());
    expect(await withStorage(other, options(), readPatients, notices)).toEqual(canaries);
    expect(notices).toHaveLength(1);
    expect(readKeystore(other).keyIdentifier).not.toBe(keyIdentifier);
    expect(filesWith(other, canaries)).toEqual([]);
  });

  it('must exist when it is named; it is activated, and nothing is begun without it', async () => {
    const missing = temporaryDirectory();
    const opening = openDirectory(missing, options({ keyIdentifier: '999999' }));
    await expect(opening).rejects.toThrow(/key `999999`.*Item Not Found/);
    expect(readdirSync(missing)).toEqual([]);

    const keyIdentifier = await makeKey(options());
    const directory = await directoryWith(['a'], options({ keyIdentifier }));
    expect(readKeystore(directory).keyIdentifier).toBe(keyIdentifier);
    expect(await isActive(options(), keyIdentifier)).toBe(true);
  });

  it('must be a symmetric key', async () => {
    const keyIdentifier = await makeSecret(options());
    const directory = temporaryDirectory();
    await expect(openDirectory(directory, options({ keyIdentifier }))).rejects.toThrow(
      /symmetric key of 256 bits/,
    );
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is honoured by name the first time only', async () => {
    const directory = await directoryWith(['a'], options());
    const { keyIdentifier = '' } = readKeystore(directory);
    expect(await withStorage(directory, options({ keyIdentifier }), readPatients)).toEqual(['a']);
    const another = options({ keyIdentifier: await makeKey(options()) });
    await expect(openDirectory(directory, another)).rejects.toThrow(
      `Expected \`security.kmip.keyIdentifier\` to be \`${keyIdentifier}\` or blank`,
    );
  });

  it('comes from the first server in order that can be used', async () => {
    const [first, second] = options().servers;
    if (!first || !second) throw new Error('Expected two servers');
    const dead = { host: 'localhost', port: 1 };
    const refusal = (list: KmipOptions['servers']) =>
      openDirectory(temporaryDirectory(), options({ servers: list, keyIdentifier: '999999' }));
    await expect(refusal([first, second])).rejects.toThrow(`KMIP server localhost:${first.port},`);
    await expect(refusal([second, first])).rejects.toThrow(`KMIP server localhost:${second.port},`);
    await expect(refusal([dead, second, first])).rejects.toThrow(`localhost:${second.port},`);
  });

  it('survives the loss of either server, and of both until one is back', async () => {
    const directory = await directoryWith(['a'], options());
    const before = readFileSync(join(directory, KEYSTORE_FILE));
    for (const server of servers) {
      await server.kill();
      expect(await withStorage(directory, options(), readPatients)).toEqual(['a']);
      await server.restart();
    }
    await Promise.all(servers.map((server) => server.kill()));
    await expect(openDirectory(directory, options())).rejects.toMatchObject({
      code: 'KMIP_UNREACHABLE',
      message: expect.stringMatching(
        `localhost:${servers[0].port}: connection refused; localhost:${servers[1].port}: connection refused`,
      ) as string,
    });
    await expect(openDirectory(temporaryDirectory(), options())).rejects.toThrow(/got none/);
    await expect(rotate(directory, options())).rejects.toThrow(/connection refused/);
    expect(readFileSync(join(directory, KEYSTORE_FILE))).toEqual(before);
    await Promise.all(servers.map((server) => server.restart()));
    expect(await withStorage(directory, options(), readPatients)).toEqual(['a']);
  });

  it('rotates to a new key, or to a named one; data and old keys stay', async () => {
    const directory = await directoryWith(['a'], options());
    const first = readKeystore(directory);
    const file = join(directory, encryptedFileName(first.id));
    const data = readFileSync(file);
    await rotate(directory, options());
    expect(readFileSync(file).equals(data)).toBe(true);
    const second = readKeystore(directory);
    expect(second.formerKeyIdentifiers).toEqual([first.keyIdentifier]);
    // The configuration may go on naming the first key: it asks for a new one each time.
    const named = options({ keyIdentifier: first.keyIdentifier ?? '' });
    const notices: string[] = [];
    expect(await withStorage(directory, named, readPatients, notices)).toEqual(['a']);
    expect(notices).toEqual([expect.stringContaining('former master key')]);
    await rotate(directory, named);
    const third = readKeystore(directory);
    expect(third.keyIdentifier).not.toBe(first.keyIdentifier);

    const keyIdentifier = await makeKey(options());
    await rotate(directory, options({ keyIdentifier }));
    const { formerKeyIdentifiers, ...last } = readKeystore(directory);
    expect(last.keyIdentifier).toBe(keyIdentifier);
    expect(formerKeyIdentifiers).toEqual(
      [first, second, third].map((keystore) => keystore.keyIdentifier),
    );
    await expect(rotate(directory, options({ keyIdentifier: '999999' }))).rejects.toThrow(/999999/);
    expect(readKeystore(directory).keyIdentifier).toBe(keyIdentifier);
    for (const former of formerKeyIdentifiers) expect(await isActive(options(), former)).toBe(true);
    expect(await withStorage(directory, options(), readPatients)).toEqual(['a']);
  });

  it('is rotated by the server that is started for it, which then ends, as mongod does', async () => {
    const directory = await directoryWith(['a'], options());
    const before = readKeystore(directory);
    const args = ['--dbpath', directory, '--enableEncryption', '--kmipRotateMasterKey'];
    const names = options().servers.map(({ host, port }) => `${host}:${String(port)}`);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', MAIN, ...args, '--kmipServerName', names.join(',')],
      {
        env: {
          ...process.env,
          MEDCO_AT_REST_KMIP_SERVER_CA_FILE: certificates.caFile,
          MEDCO_AT_REST_KMIP_CLIENT_CERTIFICATE_FILE: certificates.clientFile,
        },
      },
    );
    const after = readKeystore(directory);
    expect(after.formerKeyIdentifiers).toEqual([before.keyIdentifier]);
    expect(stdout).toBe(
      `Rotated the master key from \`${before.keyIdentifier ?? ''}\` to \`${after.keyIdentifier ?? ''}\`; the old one was not destroyed.\n`,
    );
  });

  it('that was revoked or destroyed opens nothing, and the server is quoted', async () => {
    const directory = await directoryWith(['a'], options());
    const { keyIdentifier = '' } = readKeystore(directory);
    const before = readFileSync(join(directory, KEYSTORE_FILE));
    await revoke(options(), keyIdentifier);
    await expect(openDirectory(directory, options())).rejects.toThrow(
      /to be Active, got .*Deactivated/,
    );
    await expect(rotate(directory, options())).rejects.toThrow(/Deactivated/);

    const other = await directoryWith(['a'], options());
    const { keyIdentifier: lost = '' } = readKeystore(other);
    await destroy(options(), lost);
    await expect(openDirectory(other, options())).rejects.toMatchObject({
      code: 'KMIP_KEY',
      message: expect.stringMatching(`key \`${lost}\`.*Item Not Found`) as string,
    });
    expect(readFileSync(join(directory, KEYSTORE_FILE))).toEqual(before);
  });

  it('needs a client certificate that the server knows, and an authority that knows the server', async () => {
    const [expired, directory] = await Promise.all([
      certificates.issueClient({
        notBefore: new Date(Date.now() - 2 * 86_400_000),
        notAfter: new Date(Date.now() - 86_400_000),
      }),
      directoryWith(['a'], options()),
    ]);
    const opening = (changes: Partial<KmipOptions>) => openDirectory(directory, options(changes));
    const stranger = { clientCertificateFile: strangers.clientFile };
    await expect(opening(stranger)).rejects.toThrow(/refuses the client certificate|closed the/);
    await expect(opening({ clientCertificateFile: expired.both })).rejects.toThrow(
      /refuses the client certificate|closed the/,
    );
    await expect(opening({ serverCAFile: strangers.caFile })).rejects.toThrow(/not signed by/);
    await expect(opening({ serverCAFile: undefined })).rejects.toThrow(/not signed by/);
    await expect(opening({ serverCAFile: '/none' })).rejects.toThrow(/serverCAFile` at \/none/);
    await expect(opening({ clientCertificateFile: certificates.caFile })).rejects.toThrow(
      /TLS cannot use/,
    );
    const otherName = servers.map(({ port }) => ({ host: '127.0.0.2', port }));
    await expect(opening({ servers: otherName })).rejects.toThrow(/another host name|refused/);
  });

  it('takes an encrypted client key in a file of its own, and only with its password', async () => {
    const { cert, key } = await certificates.issueClient();
    const clientKeyFile = join(temporaryDirectory(), 'key.pem');
    const pem = createPrivateKey(readFileSync(key));
    writeFileSync(
      clientKeyFile,
      pem.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'hunter2' }),
      { mode: 0o600 },
    );
    const files = { clientCertificateFile: cert, clientKeyFile };
    const sound = options({ ...files, clientCertificatePassword: 'hunter2' });
    const directory = await directoryWith(['a'], sound);
    // One wrong password in 256 or so leaves padding that looks right: it must get the same answer.
    const almost = Array.from({ length: 2000 }, (_, index) => `hunter${index + 3}`).find(
      (password) => !/bad decrypt/.test(opening(clientKeyFile, password)),
    );
    expect(almost).toBeDefined();
    for (const clientCertificatePassword of ['hunter3', almost, undefined]) {
      const wrong = options({ ...files, clientCertificatePassword });
      const message = await openDirectory(directory, wrong).catch(String);
      expect(message).toMatch(/clientCertificatePassword/);
      expect(message).not.toMatch(/hunter/);
    }
  });

  it('encrypts a clear directory and decrypts it again', async () => {
    const words = newCanaries(50);
    const directory = await directoryWith(words);
    await expect(openDirectory(directory, options())).rejects.toThrow(/at-rest encrypt/);
    await convert(directory, 'encrypted', options());
    expect(filesWith(directory, words)).toEqual([]);
    expect(await withStorage(directory, options(), readPatients)).toEqual(words);
    await convert(directory, 'clear', options());
    expect(await withStorage(directory, undefined, readPatients)).toEqual(words);
  });
});
