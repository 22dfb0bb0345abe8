// What the KMS providers refuse before any message is made, and what their messages hold.
import { serialize } from 'bson';
import { describe, expect, it } from 'vitest';
import { Context } from '../context/context.ts';
import { createDataKey } from '../context/data-key.ts';
import { ContextState } from '../context/steps.ts';
import { testEngine } from '../testing/drive.ts';
import { KmsProviders } from './index.ts';

const credentials = {
  aws: { accessKeyId: 'a', secretAccessKey: 's' },
  azure: { tenantId: 't', clientId: 'c', clientSecret: 's' },
  gcp: { accessToken: 't' },
  kmip: { endpoint: 'kmip.test' },
};
const providers = new KmsProviders(serialize(credentials));

function refusal(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new TypeError('Expected a refusal');
}

describe('options of KMS providers', () => {
  it.each([
    ['aws', { accessKeyId: 'a' }, 'Expected `aws.secretAccessKey`'],
    ['aws', { accessKeyId: 'a', secretAccessKey: 's', region: 'r' }, "Unexpected field: 'region'"],
    ['azure', { tenantId: 't', clientId: 'c' }, 'Expected `azure.clientSecret`'],
    ['gcp', { email: 'e', privateKey: 'bm8ga2V5' }, 'Expected `gcp.privateKey` in PKCS#8'],
    ['gcp', { email: 5, privateKey: 'x' }, 'Expected `gcp.email` to be string, got int'],
    ['kmip', {}, 'Expected `kmip.endpoint` to be host or host:port'],
    ['kmip', { endpoint: 'https://kmip.test' }, 'to be host or host:port'],
    ['aws:eu', {}, 'Unexpected empty document for named KMS provider'],
  ])('%s refuses %j', (id, options, message) => {
    expect(() => new KmsProviders(serialize({ [id]: options }))).toThrow(message);
  });

  it('never repeats a secret in an error', () => {
    const secret = 'very-secret-value';
    const wrong = [
      { aws: { accessKeyId: 'a', secretAccessKey: secret, more: 1 } },
      { gcp: { email: 'e', privateKey: Buffer.from(secret).toString('base64') } },
      { azure: { tenantId: 't', clientId: '', clientSecret: secret } },
    ];
    for (const options of wrong) {
      const error = refusal(() => new KmsProviders(serialize(options)));
      expect(String(error)).not.toContain(secret);
      expect(error.cause).toBeUndefined();
    }
  });
});

describe('master keys', () => {
  it.each([
    ['aws', { key: 'k' }, 'Expected `masterKey.region`'],
    ['aws', { region: 'r' }, 'Expected `masterKey.key`'],
    ['aws', { region: 'r', key: 'k', endpoint: 'a/b' }, 'to be host or host:port'],
    ['azure', { keyName: 'k' }, 'Expected `masterKey.keyVaultEndpoint`'],
    ['azure', { keyVaultEndpoint: 'v.test' }, 'Expected `masterKey.keyName`'],
    ['gcp', { projectId: 'p', location: 'l', keyRing: 'r' }, 'Expected `masterKey.keyName`'],
    ['gcp', { projectId: 'p/../q', location: 'l', keyRing: 'r', keyName: 'k' }, 'of letters'],
  ] as const)('%s refuses %j', (provider, options, message) => {
    const start = () => {
      const outcome = providers.get(provider).masterKey(serialize({ provider, ...options }));
      if (!Buffer.isBuffer(outcome)) outcome.next();
    };
    expect(start).toThrow(message);
  });
});

describe('messages', () => {
  it('go to the default endpoints with their default ports', () => {
    const first = (provider: keyof typeof credentials, masterKey: object) => {
      const outcome = providers
        .get(provider)
        .wrap(Buffer.alloc(96), serialize({ provider, ...masterKey }));
      if (Buffer.isBuffer(outcome)) throw new TypeError('Expected a conversation');
      const step = outcome.next();
      return step.done === true ? undefined : step.value.endpoint;
    };
    expect(first('aws', { region: 'eu-west-1', key: 'k' })).toBe('kms.eu-west-1.amazonaws.com:443');
    expect(first('azure', { keyVaultEndpoint: 'v.vault.azure.net', keyName: 'k' })).toBe(
      'login.microsoftonline.com:443',
    );
    const gcp = { projectId: 'p', location: 'l', keyRing: 'r', keyName: 'k' };
    expect(first('gcp', gcp)).toBe('cloudkms.googleapis.com:443');
    expect(first('kmip', { keyId: '1' })).toBe('kmip.test:5696');
  });

  it('cannot be split by a setting with line breaks', () => {
    const region = 'r\r\nX-Evil: 1';
    const masterKey = serialize({ provider: 'aws', region, key: 'k', endpoint: 'kms.test' });
    const outcome = providers.get('aws').wrap(Buffer.alloc(96), masterKey);
    expect(() => !Buffer.isBuffer(outcome) && outcome.next()).toThrow('printable ASCII');
  });
});

describe('answers', () => {
  const masterKey = serialize({ provider: 'aws', region: 'r', key: 'k' });
  const answered = (body: string) => {
    const outcome = providers.get('aws').wrap(Buffer.alloc(96), masterKey);
    if (Buffer.isBuffer(outcome)) throw new TypeError('Expected a conversation');
    const { value } = outcome.next();
    if (Buffer.isBuffer(value)) throw new TypeError('Expected a request');
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
    value.addResponse(Buffer.from(head + body));
    return outcome.next().value;
  };

  it('with a wrapped key give its bytes', () => {
    expect(answered('{"CiphertextBlob":"AQID"}')).toEqual(Buffer.of(1, 2, 3));
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'AQID'],
    ['no field', '{}'],
    ['an empty field', '{"CiphertextBlob":""}'],
    ['a number', '{"CiphertextBlob":5}'],
    ['cut base64', '{"CiphertextBlob":"AQI"}'],
    ['no base64', '{"CiphertextBlob":"AQ!D"}'],
  ])('with %s are an error, never key material', (_, body) => {
    expect(() => answered(body)).toThrow('Expected `CiphertextBlob`');
  });
});

describe('credentials on demand', () => {
  const masterKey = serialize({ provider: 'aws', region: 'r', key: 'k' });
  const engine = { ...testEngine(), kmsProviders: new KmsProviders(serialize({ aws: {} })) };

  it('are asked for in state 7 when a key needs them, and used', () => {
    const context = new Context(createDataKey(engine, masterKey, {}));
    expect(context.state).toBe(ContextState.MONGOCRYPT_CTX_NEED_KMS_CREDENTIALS);
    context.provideKMSProviders(serialize({ aws: credentials.aws }));
    expect(context.state).toBe(ContextState.MONGOCRYPT_CTX_NEED_KMS);
    expect(context.nextKMSRequest()?.message.toString()).toContain('Credential=a/');
  });

  it('that stay empty are an error', () => {
    const context = new Context(createDataKey(engine, masterKey, {}));
    context.provideKMSProviders(serialize({ aws: {} }));
    expect(context.state).toBe(ContextState.MONGOCRYPT_CTX_ERROR);
    expect(context.status.message).toContain('Expected credentials for `aws`');
  });

  it('are not asked for when none is missing', () => {
    const ready = { ...engine, kmsProviders: providers };
    const context = new Context(createDataKey(ready, masterKey, {}));
    expect(context.state).toBe(ContextState.MONGOCRYPT_CTX_NEED_KMS);
  });
});
