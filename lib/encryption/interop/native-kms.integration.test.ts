// Interop with the official native addon: the messages to every KMS provider, and data keys that one
// side makes and the other opens.
import { Binary, serialize, type Document } from 'bson';
import { describe, expect, it } from 'vitest';
import { answerAsAws, answerAsGcp, aws, gcp } from '../testing/clouds.ts';
import { comparable, comparableText } from './testing/comparable-message.ts';
import { converse, type Transcript, type World } from './testing/converse.ts';
import { fakeKms, parseHttp } from './testing/fake-kms.ts';
import {
  bothEngines,
  type Engine,
  type EngineOptions,
  masterKey,
  nativeIsThere,
  otherSide,
  type Side,
  sides,
} from './testing/modules.ts';
import { parse } from './testing/vault.ts';

const algorithm = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';
const material = Buffer.alloc(96, 5);
const azure = { tenantId: 'tenant', clientId: 'client', clientSecret: 'secret' };
const vault = { keyVaultEndpoint: 'clinic.vault.azure.net', keyName: 'master' };

const kmsProviders = {
  local: { key: masterKey },
  aws: aws.credentials,
  'aws:session': { ...aws.credentials, sessionToken: 'a token' },
  azure,
  'azure:elsewhere': { ...azure, identityPlatformEndpoint: 'login.example:8443' },
  'azure:token': { accessToken: 'a token' },
  gcp: { email: gcp.email, privateKey: gcp.privateKey },
  'gcp:base64': { email: gcp.email, privateKey: gcp.privateKey.toString('base64') },
  'gcp:elsewhere': { email: gcp.email, privateKey: gcp.privateKey, endpoint: '127.0.0.1:8443' },
  'gcp:token': { accessToken: 'a token' },
  kmip: { endpoint: 'kmip.example' },
  'kmip:port': { endpoint: 'kmip.example:15696' },
};

const masterKeys: readonly Document[] = [
  { provider: 'local' },
  { provider: 'aws', key: aws.key, region: 'us-east-1' },
  { provider: 'aws', key: aws.key, region: 'us-east-1', endpoint: 'kms.example' },
  { provider: 'aws', key: aws.key, region: 'us-east-1', endpoint: '127.0.0.1:8443' },
  { provider: 'aws:session', key: 'alias/clinic', region: 'eu-west-1' },
  { provider: 'azure', ...vault },
  { provider: 'azure', ...vault, keyVersion: 'v1' },
  { provider: 'azure', ...vault, keyVaultEndpoint: 'clinic.vault.azure.net:8443' },
  { provider: 'azure:elsewhere', ...vault },
  { provider: 'azure:token', ...vault },
  { provider: 'gcp', ...gcp.masterKey },
  { provider: 'gcp', ...gcp.masterKey, keyVersion: '1', endpoint: 'kms.example' },
  { provider: 'gcp', ...gcp.masterKey, endpoint: 'kms.example:8443' },
  { provider: 'gcp:base64', ...gcp.masterKey },
  { provider: 'gcp:elsewhere', ...gcp.masterKey },
  { provider: 'gcp:token', ...gcp.masterKey },
  { provider: 'kmip' },
  { provider: 'kmip', keyId: 'secret 1' },
  { provider: 'kmip', keyId: 'secret 1', endpoint: 'other.example:7000' },
  { provider: 'kmip', delegated: true },
  { provider: 'kmip', delegated: true, keyId: 'secret 1' },
  { provider: 'kmip:port' },
];
const cases = masterKeys.map((options) => ({ title: JSON.stringify(options), options }));

function createKey(engine: Engine, options: Document, world: World): Transcript {
  const context = engine.makeDataKeyContext(serialize(options), {
    keyMaterial: serialize({ keyMaterial: new Binary(material) }),
  });
  return converse(context, world);
}

function encrypt(engine: Engine, keyDocument: Uint8Array, world: World): Transcript {
  const { _id } = parse(keyDocument) as { _id: Binary };
  const context = engine.makeExplicitEncryptionContext(serialize({ v: 'text' }), {
    keyId: _id.buffer,
    algorithm: algorithm.replace('Random', 'Deterministic'),
    expressionMode: false,
  });
  return converse(context, { ...world, keys: () => [keyDocument] });
}

/** What one side said: states and messages, ready to be compared. */
const said = ({ states, messages }: Transcript) => ({ states, messages: messages.map(comparable) });

describe.runIf(nativeIsThere)('KMS providers, beside the official native addon', () => {
  const options: EngineOptions = { kmsProviders };

  describe.each(cases)('$title', ({ options: masterKeyOptions }) => {
    it('asks the same to make a data key, and stores the same master key', () => {
      const [ours, native] = sides.map((side) =>
        createKey(bothEngines(options)(side), masterKeyOptions, { kms: fakeKms() }),
      ) as [Transcript, Transcript];
      expect(said(ours)).toEqual(said(native));
      const [made, expected] = [parse(ours.output), parse(native.output)];
      expect(Object.keys(made)).toEqual(Object.keys(expected));
      expect(made['masterKey']).toEqual(expected['masterKey']);
      expect(made['status']).toEqual(expected['status']);
    });

    it.each(sides)(
      'a data key by %s is opened by the other side, with the same question',
      (side) => {
        const world = { kms: fakeKms() };
        const made = createKey(bothEngines(options)(side), masterKeyOptions, world);
        const engine = bothEngines(options);
        const opened = sides.map((each) => encrypt(engine(each), made.output, world));
        expect(opened.map(said)[0]).toEqual(opened.map(said)[1]);
        // The same key and algorithm: the same ciphertext, so the same material was unwrapped.
        expect(opened[0]?.output.equals(opened[1]?.output ?? Buffer.alloc(0))).toBe(true);
      },
    );

    it('asks the same to rewrap from the local provider, and the other side opens the result', () => {
      const { output } = createKey(bothEngines(options)('ours'), { provider: 'local' }, {});
      const ciphertext = encrypt(bothEngines(options)('ours'), output, {}).output;
      const transcripts = sides.map((side) => {
        const world = { kms: fakeKms() };
        const rewrapped = rewrap(bothEngines(options)(side), output, masterKeyOptions, world);
        const { v } = parse(rewrapped.output) as { v: [Document] };
        expect(Object.keys(v[0]).sort()).toEqual(['_id', 'keyMaterial', 'masterKey']);
        const document = serialize({ ...parse(output), ...v[0] });
        const opened = encrypt(bothEngines(options)(otherSide(side)), document, world);
        expect(opened.output.equals(ciphertext)).toBe(true);
        return { ...said(rewrapped), masterKey: v[0]['masterKey'] as Document };
      });
      expect(transcripts[0]).toEqual(transcripts[1]);
    });
  });

  function rewrap(engine: Engine, key: Uint8Array, target: Document, world: World): Transcript {
    const context = engine.makeRewrapManyDataKeyContext(serialize({}), serialize(target));
    return converse(context, { ...world, keys: () => [key] });
  }

  it('asks several KMSs for the keys of one reply, in as many rounds and with the same messages', () => {
    const world = { kms: fakeKms() };
    // A KMIP secret that is registered would replace the one that an earlier key needs.
    const targets = masterKeys.filter(
      ({ provider, keyId }) => keyId !== undefined || !String(provider).startsWith('kmip'),
    );
    const keys = targets.map(
      (target) => createKey(bothEngines(options)('ours'), target, world).output,
    );
    const values = keys.map((key) =>
      parse(encrypt(bothEngines(options)('ours'), key, world).output),
    );
    const reply = serialize({ values });
    const transcripts = sides.map((side) =>
      converse(bothEngines(options)(side).makeDecryptionContext(reply), {
        ...world,
        keys: () => keys,
      }),
    ) as [Transcript, Transcript];
    const [ours, native] = transcripts;
    expect(ours.output.equals(native.output)).toBe(true);
    expect(ours.operations).toEqual(native.operations);
    expect(ours.states).toEqual(native.states);
    // Their order within the rounds differs: libmongocrypt asks for all tokens before anything else.
    const questions = ({ messages }: Transcript) => messages.map(comparableText).toSorted();
    expect(questions(ours)).toEqual([...new Set(questions(native))]);
    expect(ours.messages.length).toBeLessThanOrEqual(native.messages.length);
  });

  it('asks for a token once, and again never while it is valid', () => {
    for (const provider of ['azure', 'gcp']) {
      const target = provider === 'azure' ? vault : gcp.masterKey;
      const engine = bothEngines(options);
      const transcripts = sides.map((side) => {
        const create = () => createKey(engine(side), { provider, ...target }, { kms: fakeKms() });
        return [said(create()), said(create())];
      });
      expect(transcripts[0]).toEqual(transcripts[1]);
      expect(transcripts[0]?.[1]?.messages).toHaveLength(1);
    }
  });

  it.each([
    ['aws', aws.credentials, { key: aws.key, region: 'us-east-1' }],
    ['azure', azure, vault],
    ['gcp', kmsProviders.gcp, gcp.masterKey],
  ])('asks for credentials of %s in the same state', (provider, credentials, target) => {
    const transcripts = sides.map((side) =>
      createKey(
        bothEngines({ kmsProviders: { [provider]: {} } })(side),
        { provider, ...target },
        { kms: fakeKms(), credentials: () => serialize({ [provider]: credentials }) },
      ),
    );
    expect(transcripts.map(said)[0]).toEqual(transcripts.map(said)[1]);
    expect(transcripts[0]?.states[0]).toBe(7);
  });

  it('keeps `delegated: false` in the master key, which libmongocrypt leaves out', () => {
    const target = { provider: 'kmip', keyId: 'secret 1', delegated: false };
    const stored = sides.map((side) => {
      const { output } = createKey(bothEngines(options)(side), target, { kms: fakeKms() });
      return parse(output)['masterKey'] as Document;
    });
    expect(stored[0]).toEqual(target);
    expect(stored[1]).toEqual({ provider: 'kmip', keyId: 'secret 1' });
  });

  it("asks for Google's documented scope at any endpoint, where libmongocrypt makes one up", () => {
    const target = { provider: 'gcp', ...gcp.masterKey, endpoint: 'kms.example' };
    const scopes = sides.map((side) => {
      const { messages } = createKey(bothEngines(options)(side), target, { kms: fakeKms() });
      const form = new URLSearchParams(parseHttp(messages[0]?.bytes ?? Buffer.alloc(0)).body);
      const [, claims = ''] = (form.get('assertion') ?? '').split('.');
      return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as Document)[
        'scope'
      ] as string;
    });
    expect(scopes[0]).toBe('https://www.googleapis.com/auth/cloudkms');
    expect(scopes[1]).toBe('https://www.example/auth/cloudkms');
  });

  it('encodes what stands in a form; libmongocrypt sends it as it is', () => {
    const secret = 'a+b&c=d';
    const sent = sides.map((side) => {
      const providers = { azure: { ...azure, clientSecret: secret } };
      const engine = bothEngines({ kmsProviders: providers })(side);
      const { messages } = createKey(engine, { provider: 'azure', ...vault }, { kms: fakeKms() });
      const { body } = parseHttp(messages[0]?.bytes ?? Buffer.alloc(0));
      return new URLSearchParams(body).get('client_secret');
    });
    expect(sent[0]).toBe(secret);
    expect(sent[1]).not.toBe(secret);
  });

  it.each(sides)("AWS's own signer accepts the signature of %s", async (side) => {
    const engine = bothEngines(options)(side);
    for (const target of masterKeys.filter(({ provider }) => provider === 'aws')) {
      const { messages, output } = createKey(engine, target, { kms: fakeKms() });
      const { messages: more } = encrypt(engine, output, { kms: fakeKms() });
      for (const { bytes } of [...messages, ...more]) {
        expect(await answerAsAws(parseHttp(bytes))).toMatchObject({ status: 200 });
      }
    }
  });

  it.each(sides)('a JWT of %s is signed by the service account', (side: Side) => {
    const target = { provider: 'gcp:elsewhere', ...gcp.masterKey };
    const engine = bothEngines(options)(side);
    const [message] = createKey(engine, target, { kms: fakeKms() }).messages;
    if (!message) throw new TypeError('Expected a message');
    expect(answerAsGcp(parseHttp(message.bytes))).toMatchObject({ status: 200 });
  });
});
