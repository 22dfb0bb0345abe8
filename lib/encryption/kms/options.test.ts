// Every field of every KMS provider (csfle.md B.6): what is required, what has a default, what is of
// the wrong type, what does not exist; and endpoints with their default ports.
import { generateKeyPairSync } from 'node:crypto';
import { type Document, serialize } from 'bson';
import { describe, expect, it } from 'vitest';
import { KeyError } from '../errors.ts';
import { KmsProviders } from './index.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
const key = Buffer.alloc(96, 3);

interface Provider {
  /** The least that `kmsProviders` may say. */
  readonly credentials: Document;
  readonly optional: Document;
  readonly masterKey: Document;
  readonly optionalMasterKey: Document;
}

const providers: Record<string, Provider> = {
  local: { credentials: { key }, optional: {}, masterKey: {}, optionalMasterKey: {} },
  aws: {
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    optional: { sessionToken: 't' },
    masterKey: { region: 'eu-west-1', key: 'arn' },
    optionalMasterKey: { endpoint: 'kms.test:4430' },
  },
  azure: {
    credentials: { tenantId: 't', clientId: 'c', clientSecret: 's' },
    optional: { identityPlatformEndpoint: 'login.test:4430' },
    masterKey: { keyVaultEndpoint: 'v.vault.test', keyName: 'k' },
    optionalMasterKey: { keyVersion: '1' },
  },
  gcp: {
    credentials: { email: 'e', privateKey: pkcs8 },
    optional: { endpoint: 'oauth2.test:4430' },
    masterKey: { projectId: 'p', location: 'l', keyRing: 'r', keyName: 'k' },
    optionalMasterKey: { keyVersion: '1', endpoint: 'kms.test:4430' },
  },
  kmip: {
    credentials: { endpoint: 'kmip.test' },
    optional: {},
    masterKey: {},
    optionalMasterKey: { keyId: '1', endpoint: 'other.test:5697', delegated: true },
  },
};

const configure = (options: Document) => new KmsProviders(serialize(options));
const configured = configure(
  Object.fromEntries(Object.entries(providers).map(([id, { credentials }]) => [id, credentials])),
);

/** Reads a master key as createDataKey does, to the first message. */
function start(id: string, masterKey: Document, from = configured): void {
  const outcome = from.get(id).masterKey(serialize({ provider: id, ...masterKey }));
  if (!Buffer.isBuffer(outcome)) outcome.next();
}

const without = (document: Document, name: string): Document =>
  Object.fromEntries(Object.entries(document).filter(([field]) => field !== name));
const rows = (of: (provider: Provider) => Document): [string, string][] =>
  Object.entries(providers).flatMap(([id, provider]) =>
    Object.keys(of(provider)).map((name): [string, string] => [id, name]),
  );
const provider = (id: string): Provider => {
  const found = providers[id];
  if (!found) throw new Error(`Unknown provider ${id}`);
  return found;
};

describe.each(Object.keys(providers))('kmsProviders.%s', (id) => {
  const { credentials, optional } = provider(id);

  it('takes the least and the most it can say, named and unnamed', () => {
    for (const name of [id, `${id}:eu`, `${id}:A_9`]) {
      expect(configure({ [name]: credentials }).get(name).needsCredentials).toBe(false);
      expect(configure({ [name]: { ...credentials, ...optional } }).get(name).id).toBe(name);
    }
  });

  it('refuses an unknown field', () => {
    const options = { [id]: { ...credentials, unknown: 'x' } };
    expect(() => configure(options)).toThrow(KeyError);
    expect(() => configure(options)).toThrow("Unexpected field: 'unknown'");
  });

  it('refuses what is no document, and an empty document under a name', () => {
    expect(() => configure({ [id]: 'x' })).toThrow(
      `Expected \`kmsProviders.${id}\` to be a document`,
    );
    const onDemand = ['aws', 'azure', 'gcp'].includes(id);
    const message = onDemand ? 'Unexpected empty document for named KMS provider' : 'Expected `';
    expect(() => configure({ [`${id}:eu`]: {} })).toThrow(message);
  });

  it.each(['eu-west', 'a b', '', 'é', 'a:b', '.'])('cannot have the name %j', (name) => {
    expect(() => configure({ [`${id}:${name}`]: credentials })).toThrow('Unknown KMS provider');
  });
});

describe('credentials', () => {
  it.each(['aws', 'azure', 'gcp'])('of %s may come on demand', (id) => {
    expect(configure({ [id]: {} }).get(id).needsCredentials).toBe(true);
  });

  it.each(rows(({ credentials }) => credentials))('of %s cannot lack %s', (id, name) => {
    const left = without(provider(id).credentials, name);
    if (Object.keys(left).length === 0) return;
    expect(() => configure({ [id]: left })).toThrow(`\`${id}.${name}\``);
  });

  it.each(rows(({ credentials, optional }) => ({ ...credentials, ...optional })))(
    'of %s need the right type of %s',
    (id, name) => {
      const { credentials, optional } = provider(id);
      for (const wrong of [5, true, null, {}]) {
        const options = { [id]: { ...credentials, ...optional, [name]: wrong } };
        expect(() => configure(options)).toThrow(KeyError);
        expect(() => configure(options)).toThrow(`Expected \`${id}.${name}\``);
      }
    },
  );

  it.each(['azure', 'gcp'])('of %s may be an access token alone', (id) => {
    expect(configure({ [id]: { accessToken: 't' } }).get(id).needsCredentials).toBe(false);
    expect(() => configure({ [id]: { accessToken: 5 } })).toThrow('accessToken');
  });

  it('of gcp take the key as base64 too, and no other key', () => {
    const { credentials } = provider('gcp');
    const base64 = pkcs8.toString('base64');
    expect(() => configure({ gcp: { ...credentials, privateKey: base64 } })).not.toThrow();
    const pkcs1 = privateKey.export({ format: 'der', type: 'pkcs1' });
    for (const wrong of [pkcs1, pkcs8.subarray(1), base64.slice(8), '']) {
      expect(() => configure({ gcp: { ...credentials, privateKey: wrong } })).toThrow(
        'Expected `gcp.privateKey` in PKCS#8',
      );
    }
  });

  it('of local are 96 bytes, as bytes or base64', () => {
    expect(() => configure({ local: { key: key.toString('base64') } })).not.toThrow();
    for (const length of [0, 32, 95, 97]) {
      expect(() => configure({ local: { key: Buffer.alloc(length) } })).toThrow(
        `local key must be 96 bytes, got ${length} bytes`,
      );
    }
  });
});

describe('a master key', () => {
  it.each(Object.keys(providers))('of %s may say the least and the most', (id) => {
    const { masterKey, optionalMasterKey } = provider(id);
    expect(() => start(id, masterKey)).not.toThrow();
    expect(() => start(id, { ...masterKey, ...optionalMasterKey })).not.toThrow();
  });

  it.each(Object.keys(providers))('of %s cannot have an unknown field', (id) => {
    const options = { ...provider(id).masterKey, unknown: 'x' };
    expect(() => start(id, options)).toThrow("Unexpected field: 'unknown' in `masterKey`");
  });

  it.each(rows(({ masterKey }) => masterKey))('of %s cannot lack %s', (id, name) => {
    expect(() => start(id, without(provider(id).masterKey, name))).toThrow(
      `Expected \`masterKey.${name}\``,
    );
  });

  it.each(rows(({ masterKey, optionalMasterKey }) => ({ ...masterKey, ...optionalMasterKey })))(
    'of %s needs the right type of %s',
    (id, name) => {
      const { masterKey, optionalMasterKey } = provider(id);
      for (const wrong of [5, null, {}]) {
        const options = { ...masterKey, ...optionalMasterKey, [name]: wrong };
        expect(() => start(id, options)).toThrow(`Expected \`masterKey.${name}\` to be`);
      }
    },
  );

  it('cannot name a provider that is not configured, under that name', () => {
    expect(() => configured.get('aws:eu')).toThrow('KMS provider `aws:eu` is not configured');
    const named = configure({ 'aws:eu': provider('aws').credentials });
    expect(() => named.get('aws')).toThrow('KMS provider `aws` is not configured');
  });
});

const endpoints: [string, string, (endpoint: string) => void][] = [
  [
    'aws',
    '`masterKey.endpoint`',
    (endpoint) => start('aws', { ...provider('aws').masterKey, endpoint }),
  ],
  [
    'azure',
    '`masterKey.keyVaultEndpoint`',
    (keyVaultEndpoint) => start('azure', { keyName: 'k', keyVaultEndpoint }),
  ],
  [
    'azure',
    '`azure.identityPlatformEndpoint`',
    (identityPlatformEndpoint) => {
      configure({ azure: { ...provider('azure').credentials, identityPlatformEndpoint } });
    },
  ],
  [
    'gcp',
    '`masterKey.endpoint`',
    (endpoint) => start('gcp', { ...provider('gcp').masterKey, endpoint }),
  ],
  [
    'gcp',
    '`gcp.endpoint`',
    (endpoint) => {
      configure({ gcp: { ...provider('gcp').credentials, endpoint } });
    },
  ],
  ['kmip', '`masterKey.endpoint`', (endpoint) => start('kmip', { endpoint })],
  [
    'kmip',
    '`kmip.endpoint`',
    (endpoint) => {
      configure({ kmip: { endpoint } });
    },
  ],
];

describe('an endpoint', () => {
  it.each(endpoints)('of %s, %s, is host or host:port', (_id, name, use) => {
    for (const right of ['kms.test', 'kms.test:443', 'localhost', '127.0.0.1:5696', 'a-b.c']) {
      expect(() => use(right)).not.toThrow();
    }
    const wrong = [
      ...['', ':443', 'https://kms.test', 'kms.test/', 'kms.test/path', 'user@kms.test'],
      ...[
        'kms.test:',
        'kms.test:x',
        'kms.test:123456',
        'kms.test:0',
        'kms.test:65536',
        'kms test',
        'kms.test\r\nX: y',
        '-a',
        'a.',
      ],
    ];
    for (const endpoint of wrong) {
      expect(() => use(endpoint)).toThrow(`Expected ${name} to be host or host:port`);
    }
  });

  /** The endpoint of the first message of a wrap. */
  function endpointOf(id: string, masterKey: Document, from = configured): string | undefined {
    const outcome = from.get(id).wrap(key, serialize({ provider: id, ...masterKey }));
    const step = Buffer.isBuffer(outcome) ? undefined : outcome.next();
    return step?.done === false ? step.value.endpoint : undefined;
  }

  it.each<[string, Document, Document, string]>([
    ['aws', {}, {}, 'kms.eu-west-1.amazonaws.com:443'],
    ['aws', {}, { endpoint: 'kms.test' }, 'kms.test:443'],
    ['aws', {}, { endpoint: 'kms.test:4430' }, 'kms.test:4430'],
    ['azure', {}, {}, 'login.microsoftonline.com:443'],
    ['azure', { identityPlatformEndpoint: 'login.test:4430' }, {}, 'login.test:4430'],
    ['gcp', {}, {}, 'oauth2.googleapis.com:443'],
    ['gcp', { endpoint: 'oauth2.test' }, {}, 'oauth2.test:443'],
    ['kmip', {}, { keyId: '1' }, 'kmip.test:5696'],
    ['kmip', {}, { keyId: '1', endpoint: 'other.test' }, 'other.test:5696'],
    ['kmip', { endpoint: 'kmip.test:5697' }, { keyId: '1' }, 'kmip.test:5697'],
  ])('of %s with %j and %j is asked at %s', (id, options, masterKey, expected) => {
    const { credentials, masterKey: least } = provider(id);
    const from = configure({ [id]: { ...credentials, ...options } });
    expect(endpointOf(id, { ...least, ...masterKey }, from)).toBe(expected);
  });

  it.each<[string, Document, string]>([
    ['azure', { keyVaultEndpoint: 'v.vault.test', keyName: 'k' }, 'v.vault.test:443'],
    ['gcp', provider('gcp').masterKey, 'cloudkms.googleapis.com:443'],
    ['gcp', { ...provider('gcp').masterKey, endpoint: 'kms.test' }, 'kms.test:443'],
  ])('of %s with an access token is that of the key: %j', (id, masterKey, expected) => {
    const from = configure({ [id]: { accessToken: 't' } });
    expect(endpointOf(id, masterKey, from)).toBe(expected);
  });
});
