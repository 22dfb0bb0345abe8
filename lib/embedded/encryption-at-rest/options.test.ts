import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { temporaryDirectory } from '../storage/testing.ts';
import { readKeyFile } from './key-file.ts';
import { CONFIG_VARIABLE, OPTION_NAMES, OPTIONS } from './option-names.ts';
import { readFlags } from './option-sources.ts';
import { readAtRestOptions } from './options.ts';

function config(text: string, mode = 0o600): string {
  const path = join(temporaryDirectory(), 'medco.yaml');
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const KMIP = `
security:
  enableEncryption: true
  kmip:
    serverName: kmip1.example.com, kmip2.example.com:5697,[::1]
    clientCertificateFile: client.pem
    keyIdentifier: 1
`;

function read(flags: readonly string[], environment: Record<string, string> = {}) {
  return readAtRestOptions({ flags: readFlags(flags), environment });
}

describe('options of encryption at rest', () => {
  it('are off without a word about them', () => {
    expect(read([])).toBeUndefined();
    expect(read([], { MEDCO_AT_REST_ENABLE_ENCRYPTION: '' })).toBeUndefined();
  });

  it('come from a YAML file as database servers have it', () => {
    const path = config(KMIP);
    const expected = {
      provider: 'kmip',
      servers: [
        { host: 'kmip1.example.com', port: 5696 },
        { host: 'kmip2.example.com', port: 5697 },
        { host: '::1', port: 5696 },
      ],
      clientCertificateFile: join(path, '..', 'client.pem'),
      keyIdentifier: '1',
    };
    expect(read(['--config', path])?.masterKey).toMatchObject(expected);
    expect(read([], { [CONFIG_VARIABLE]: path })?.masterKey).toMatchObject(expected);
  });

  it('have the spelling of the document as flags and variables', () => {
    expect(OPTION_NAMES.map((name) => `--${OPTIONS[name].flag}`)).toEqual([
      '--enableEncryption',
      '--encryptionKeyFile',
      '--kmipServerName',
      '--kmipPort',
      '--kmipServerCAFile',
      '--kmipClientCertificateFile',
      '--kmipClientKeyFile',
      '--kmipClientCertificatePassword',
      '--kmipKeyIdentifier',
      '--kmipRotateMasterKey',
    ]);
    expect(
      read([], {
        MEDCO_AT_REST_ENABLE_ENCRYPTION: 'true',
        MEDCO_AT_REST_KMIP_SERVER_NAME: 'a',
        MEDCO_AT_REST_KMIP_PORT: '1234',
        MEDCO_AT_REST_KMIP_SERVER_CA_FILE: '/ca.pem',
        MEDCO_AT_REST_KMIP_CLIENT_CERTIFICATE_FILE: '/cert.pem',
        MEDCO_AT_REST_KMIP_CLIENT_KEY_FILE: '/key.pem',
        MEDCO_AT_REST_KMIP_CLIENT_CERTIFICATE_PASSWORD: 'secret',
        MEDCO_AT_REST_KMIP_KEY_IDENTIFIER: '',
        MEDCO_AT_REST_KMIP_ROTATE_MASTER_KEY: 'false',
      }),
    ).toEqual({
      masterKey: {
        provider: 'kmip',
        servers: [{ host: 'a', port: 1234 }],
        serverCAFile: '/ca.pem',
        clientCertificateFile: '/cert.pem',
        clientKeyFile: '/key.pem',
        clientCertificatePassword: 'secret',
        keyIdentifier: undefined,
      },
      rotateMasterKey: false,
      notices: [],
    });
  });

  it('of flags go before those of the environment, and those before the file', () => {
    const path = config(KMIP);
    const environment = { MEDCO_AT_REST_KMIP_SERVER_NAME: 'from-environment' };
    const host = (flags: string[], variables: Record<string, string>) => {
      const masterKey = read(['--config', path, ...flags], variables)?.masterKey;
      return masterKey?.provider === 'kmip' ? masterKey.servers[0]?.host : undefined;
    };
    expect(host([], {})).toBe('kmip1.example.com');
    expect(host([], environment)).toBe('from-environment');
    expect(host(['--kmipServerName', 'from-flags'], environment)).toBe('from-flags');
  });

  it.each([
    ['--enableEncryptio', 'Unknown option `--enableEncryptio`'],
    ['--kmipPort=5696 --kmipPort=1', '`--kmipPort` once'],
    ['--kmipPort=http --enableEncryption', '`--kmipPort` to be a number'],
    ['--kmipPort=0 --enableEncryption', '`--kmipPort` to be a number'],
    ['--enableEncryption', '`security.encryptionKeyFile` or `security.kmip.serverName`'],
    [
      '--encryptionKeyFile=/k',
      '`security.enableEncryption` to be true, since `--encryptionKeyFile`',
    ],
    [
      '--kmipRotateMasterKey',
      '`security.enableEncryption` to be true, since `--kmipRotateMasterKey`',
    ],
    [
      '--enableEncryption --encryptionKeyFile=/k --kmipServerName=a',
      'got both `--encryptionKeyFile` and `--kmipServerName`',
    ],
    ['--enableEncryption --encryptionKeyFile=/k --kmipRotateMasterKey', 'got both'],
    ['--enableEncryption --encryptionKeyFile=', 'a value of `--encryptionKeyFile`'],
    [
      '--enableEncryption --kmipKeyIdentifier=1',
      '`security.kmip.serverName`, since `--kmipKeyIdentifier`',
    ],
    ['--enableEncryption --kmipServerName=a', '`security.kmip.clientCertificateFile`'],
    [
      '--enableEncryption --kmipServerName=a,,b --kmipClientCertificateFile=c',
      '`--kmipServerName` to be host names',
    ],
    [
      '--enableEncryption --kmipServerName=a:99999 --kmipClientCertificateFile=c',
      '`--kmipServerName` to be host names',
    ],
    ['--config=/nowhere/medco.yaml', 'configuration file at /nowhere/medco.yaml'],
  ])('%s is refused by name', (flags, message) => {
    expect(() => read(flags.split(' '))).toThrow(message);
  });

  it.each([
    ['security: { enableEncrypton: true }', 'Unknown option `security.enableEncrypton`'],
    ['security: { kmip: { serverNames: a } }', 'Unknown option `security.kmip.serverNames`'],
    ['storage: { dbPath: /d }', 'Unknown option `storage.dbPath`'],
    ['security: { enableEncryption: yes }', '`security.enableEncryption` to be true or false'],
    ['security: { kmip: a }', '`security.kmip` to be a section'],
    ['security: { enableEncryption: { a: 1 } }', '`security.enableEncryption` to be one value'],
    ['security: { kmip: { serverName: [a, b] } }', '`security.kmip.serverName` to be one value'],
    ['security: { enableEncryption: true, enableEncryption: true }', 'DUPLICATE_KEY in line 1'],
    ['security: {', 'Expected YAML'],
    ['nonsense', 'a configuration of sections'],
  ])('the file %j is refused with the reason', (text, message) => {
    const path = config(text);
    expect(() => read(['--config', path])).toThrow(message);
  });

  it('an unknown variable is refused by name', () => {
    const misspelled = { MEDCO_AT_REST_KMIP_SERVERNAME: 'a' };
    expect(() => read([], misspelled)).toThrow('`MEDCO_AT_REST_KMIP_SERVERNAME`');
  });

  it('an explicit false switches all of it off', () => {
    const path = config(KMIP);
    expect(read(['--config', path], { MEDCO_AT_REST_ENABLE_ENCRYPTION: 'false' })).toBeUndefined();
  });

  it('a file with a password must be private, and the flag is warned of', () => {
    const text = `${KMIP}    clientCertificatePassword: hunter2\n`;
    expect(() => read(['--config', config(text, 0o644)])).toThrow('since it holds a password');
    expect(() => read(['--config', config(text, 0o644)])).not.toThrow('hunter2');
    expect(read(['--config', config(text)])?.notices).toEqual([]);
    const flags = ['--config', config(KMIP), '--kmipClientCertificatePassword', 'hunter2'];
    expect(read(flags)?.notices).toEqual([expect.stringContaining('list of processes')]);
  });
});

describe('the key file', () => {
  const sound = randomBytes(32).toString('base64');
  function keyFile(content: string, mode = 0o600): string {
    const path = join(temporaryDirectory(), 'key');
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  }

  it('is base64 of 32 bytes in one line', () => {
    for (const text of [sound, `${sound}\n`, `${sound}\r\n`]) {
      expect(readKeyFile(keyFile(text), temporaryDirectory()).toString('base64')).toBe(sound);
    }
  });

  it.each([
    ['shorter', randomBytes(31).toString('base64')],
    ['longer', randomBytes(33).toString('base64')],
    ['of two lines', `${sound}\n${sound}\n`],
    ['raw bytes', randomBytes(32).toString('latin1')],
    ['base64url', `${'-_'.repeat(21)}A=`],
    ['spelled in another way', `${sound.slice(0, 42)}B=`],
    ['empty', ''],
    ['a sample', Buffer.alloc(32, 'CAFEBABE').toString('base64')],
  ])('is refused if it is %s', (_title, content) => {
    const path = keyFile(content);
    expect(() => readKeyFile(path, temporaryDirectory())).toThrow(
      /Expected the key file .* to hold/,
    );
  });

  it.each([0o644, 0o640, 0o604, 0o700])('is refused with mode %o', (mode) => {
    const path = keyFile(sound, mode);
    expect(() => readKeyFile(path, temporaryDirectory())).toThrow('mode 600');
  });

  it('is refused if it is missing, no file, or beside the data', () => {
    const directory = temporaryDirectory();
    expect(() => readKeyFile(join(directory, 'none'), directory)).toThrow('no such file');
    expect(() => readKeyFile(directory, temporaryDirectory())).toThrow('something else');
    mkdirSync(join(directory, 'keys'));
    const inside = join(directory, 'keys', 'key');
    writeFileSync(inside, sound, { mode: 0o600 });
    expect(() => readKeyFile(inside, directory)).toThrow('outside the data directory');
  });
});
