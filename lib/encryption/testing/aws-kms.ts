// Test support: AWS KMS with what a stand-in usually leaves out: it recomputes every signature from the secret and
// refuses what a principal's policy does not allow, in the words of AWS. Keys are real AES-256-GCM keys.
import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import type { EndpointReply, ReceivedRequest } from './kms-endpoint.ts';
import { isSignedBy, statedAccessKeyId, type AwsSecrets } from './sigv4-check.ts';

const region = 'us-east-1';
const account = '111122223333';
const prefix = `arn:aws:kms:${region}:${account}`;

export interface Principal extends AwsSecrets {
  /** As AWS names it in a refusal: `arn:aws:iam::111122223333:user/clinic`. */
  readonly arn: string;
  /** `kms:Decrypt` and so on; `*` is everything. */
  readonly actions: readonly string[];
  /** ARNs of keys that the actions are allowed on; all if left out. */
  readonly keys?: readonly string[];
  /** The session token is one that has expired. */
  readonly expired?: boolean;
}

type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion';

export interface AwsKey {
  readonly id: string;
  readonly arn: string;
  readonly secret: Buffer;
  readonly description: string;
  readonly tags: readonly { TagKey: string; TagValue: string }[];
  readonly spec: string;
  readonly usage: string;
  state: KeyState;
  rotates: boolean;
}

export interface AwsKms {
  readonly region: string;
  /** For `startKmsEndpoint`. */
  readonly answer: (request: ReceivedRequest) => Promise<EndpointReply>;
  /** Who may do what; may be changed at any time. */
  readonly principals: Principal[];
  /** By ARN. */
  readonly keys: ReadonlyMap<string, AwsKey>;
  /** By name, as `alias/clinic`, the ARN of the key. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Actions in the order in which they were asked for, refused ones too. */
  readonly actions: readonly string[];
}

/** A refusal, as AWS's JSON protocol carries it. */
class Refusal extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** A key of another account, whose own policy lets nobody of this one in. */
class ForeignKey extends Error {}

type Fields = Readonly<Record<string, unknown>>;

/** A KMS in one region of one account. */
export function createAwsKms(principals: Principal[]): AwsKms {
  const keys = new Map<string, AwsKey>();
  const aliases = new Map<string, string>();
  const actions: string[] = [];

  function findKey(name: unknown): AwsKey {
    const text = String(name);
    const [, arnRegion] = /^arn:aws:kms:([^:]+):/.exec(text) ?? [];
    if (arnRegion !== undefined && arnRegion !== region) {
      throw new Refusal('NotFoundException', `Invalid arn ${arnRegion}`);
    }
    const alias = /(?:^|:)(alias\/.+)$/.exec(text)?.[1];
    if (alias !== undefined) {
      const key = keys.get(aliases.get(alias) ?? '');
      if (key) return key;
      throw new Refusal('NotFoundException', `Alias ${prefix}:${alias} is not found.`);
    }
    const owner = /^arn:aws:kms:[^:]+:(\d{12}):/.exec(text)?.[1];
    if (owner !== undefined && owner !== account) throw new ForeignKey(text);
    const arn = text.startsWith('arn:') ? text : `${prefix}:key/${text}`;
    const key = keys.get(arn);
    if (key) return key;
    throw new Refusal('NotFoundException', `Key '${arn}' does not exist`);
  }

  function requireUsable({ arn, state, usage }: AwsKey): void {
    if (state === 'Disabled') throw new Refusal('DisabledException', `${arn} is disabled.`);
    if (state === 'PendingDeletion') {
      throw new Refusal('KMSInvalidStateException', `${arn} is pending deletion.`);
    }
    if (usage !== 'ENCRYPT_DECRYPT') {
      const message = `${arn} key usage is ${usage} which is not valid for Encrypt.`;
      throw new Refusal('InvalidKeyUsageException', message);
    }
  }

  /** The key that a ciphertext names; only a key of this KMS writes such a blob. */
  function keyOfBlob(blob: Buffer): AwsKey {
    const key = keys.get(`${prefix}:key/${blob.subarray(0, 36).toString('latin1')}`);
    if (key === undefined) throw new Refusal('InvalidCiphertextException', '');
    return key;
  }

  const describe = ({ id, arn, state, spec, usage, description }: AwsKey): object => ({
    KeyMetadata: {
      ...{ AWSAccountId: account, KeyId: id, Arn: arn, Description: description },
      ...{ Enabled: state === 'Enabled', KeyState: state, KeySpec: spec, KeyUsage: usage },
      ...{ CreationDate: 1_700_000_000, Origin: 'AWS_KMS', KeyManager: 'CUSTOMER' },
      ...{ CustomerMasterKeySpec: spec, EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'] },
      MultiRegion: false,
    },
  });

  /** What an action works on, for the policy; then what it does. */
  const handlers: Readonly<
    Record<string, readonly [resource: (fields: Fields) => string, act: (fields: Fields) => object]>
  > = {
    CreateKey: [
      () => '*',
      ({ Description, Tags, KeySpec, KeyUsage }) => {
        const id = randomUUID();
        const key: AwsKey = {
          id,
          arn: `${prefix}:key/${id}`,
          secret: randomBytes(32),
          description: typeof Description === 'string' ? Description : '',
          tags: Array.isArray(Tags) ? (Tags as AwsKey['tags']) : [],
          spec: typeof KeySpec === 'string' ? KeySpec : 'SYMMETRIC_DEFAULT',
          usage: typeof KeyUsage === 'string' ? KeyUsage : 'ENCRYPT_DECRYPT',
          state: 'Enabled',
          rotates: false,
        };
        keys.set(key.arn, key);
        return describe(key);
      },
    ],
    CreateAlias: [
      ({ TargetKeyId }) => findKey(TargetKeyId).arn,
      ({ AliasName, TargetKeyId }) => {
        const name = String(AliasName);
        if (aliases.has(name)) {
          const message = `An alias with the name ${prefix}:${name} already exists`;
          throw new Refusal('AlreadyExistsException', message);
        }
        aliases.set(name, findKey(TargetKeyId).arn);
        return {};
      },
    ],
    DescribeKey: [({ KeyId }) => findKey(KeyId).arn, ({ KeyId }) => describe(findKey(KeyId))],
    EnableKeyRotation: [
      ({ KeyId }) => findKey(KeyId).arn,
      ({ KeyId }) => {
        const key = findKey(KeyId);
        requireUsable(key);
        key.rotates = true;
        return {};
      },
    ],
    GetKeyRotationStatus: [
      ({ KeyId }) => findKey(KeyId).arn,
      ({ KeyId }) => ({ KeyRotationEnabled: findKey(KeyId).rotates }),
    ],
    ListKeys: [
      () => '*',
      () => ({
        Keys: [...keys.values()].map(({ id, arn }) => ({ KeyId: id, KeyArn: arn })),
        Truncated: false,
      }),
    ],
    ListAliases: [
      () => '*',
      () => ({
        Aliases: [...aliases].map(([AliasName, arn]) => ({
          AliasName,
          AliasArn: `${prefix}:${AliasName}`,
          TargetKeyId: arn.slice(arn.indexOf('/') + 1),
        })),
        Truncated: false,
      }),
    ],
    ListResourceTags: [
      ({ KeyId }) => findKey(KeyId).arn,
      ({ KeyId }) => ({ Tags: findKey(KeyId).tags, Truncated: false }),
    ],
    Encrypt: [
      ({ KeyId }) => findKey(KeyId).arn,
      ({ KeyId, Plaintext }) => {
        const key = findKey(KeyId);
        requireUsable(key);
        const iv = randomBytes(12);
        const cipher = createCipheriv('aes-256-gcm', key.secret, iv);
        const sealed = [cipher.update(Buffer.from(String(Plaintext), 'base64')), cipher.final()];
        const blob = Buffer.concat([Buffer.from(key.id), iv, ...sealed, cipher.getAuthTag()]);
        return { CiphertextBlob: blob.toString('base64'), KeyId: key.arn };
      },
    ],
    Decrypt: [
      ({ CiphertextBlob }) => keyOfBlob(Buffer.from(String(CiphertextBlob), 'base64')).arn,
      ({ CiphertextBlob, KeyId }) => {
        const blob = Buffer.from(String(CiphertextBlob), 'base64');
        const key = keyOfBlob(blob);
        if (KeyId !== undefined && findKey(KeyId) !== key) {
          const message = 'The key ID in the request does not identify a CMK that can perform this';
          throw new Refusal('IncorrectKeyException', message);
        }
        requireUsable(key);
        try {
          const decipher = createDecipheriv('aes-256-gcm', key.secret, blob.subarray(36, 48));
          decipher.setAuthTag(blob.subarray(-16));
          const opened = [decipher.update(blob.subarray(48, -16)), decipher.final()];
          return { Plaintext: Buffer.concat(opened).toString('base64'), KeyId: key.arn };
        } catch {
          throw new Refusal('InvalidCiphertextException', '');
        }
      },
    ],
  };

  async function authenticate(request: ReceivedRequest): Promise<Principal> {
    const id = statedAccessKeyId(request);
    const principal = principals.find(({ accessKeyId }) => accessKeyId === id);
    const token = request.headers['x-amz-security-token'];
    if (principal === undefined || principal.sessionToken !== token) {
      const message = 'The security token included in the request is invalid.';
      throw new Refusal('UnrecognizedClientException', message);
    }
    if (!(await isSignedBy(request, principal, region))) {
      throw new Refusal(
        'InvalidSignatureException',
        'The request signature we calculated does not match the signature you provided. Check your ' +
          'AWS Secret Access Key and signing method. Consult the service documentation for details.',
      );
    }
    if (principal.expired === true) {
      const message = 'The security token included in the request is expired';
      throw new Refusal('ExpiredTokenException', message);
    }
    return principal;
  }

  function authorize(principal: Principal, action: string, resource: string): void {
    const isAllowed =
      principal.actions.some((allowed) => allowed === '*' || allowed === action) &&
      (resource === '*' || principal.keys === undefined || principal.keys.includes(resource));
    if (isAllowed) return;
    throw new Refusal(
      'AccessDeniedException',
      `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} ` +
        `because no identity-based policy allows the ${action} action`,
    );
  }

  async function act(request: ReceivedRequest): Promise<object> {
    const name = (request.headers['x-amz-target'] ?? '').replace('TrentService.', '');
    actions.push(name);
    const principal = await authenticate(request);
    const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
    if (handler === undefined) throw new Refusal('UnknownOperationException', '');
    const [resource, perform] = handler;
    const fields = JSON.parse(request.body) as Fields;
    try {
      authorize(principal, `kms:${name}`, resource(fields));
    } catch (error) {
      if (!(error instanceof ForeignKey)) throw error;
      throw new Refusal(
        'AccessDeniedException',
        `User: ${principal.arn} is not authorized to perform: kms:${name} on resource: ${error.message} ` +
          `because no resource-based policy allows the kms:${name} action`,
      );
    }
    if (name === 'CreateKey' && fields['Tags'] !== undefined) {
      authorize(principal, 'kms:TagResource', '*');
    }
    return perform(fields);
  }

  return {
    ...{ region, principals, keys, aliases, actions },
    answer: (request) =>
      act(request).then(
        (body) => ({ status: 200, body }),
        (error: unknown) => {
          if (!(error instanceof Refusal)) throw error;
          const { type, message } = error;
          // AWS writes the word in capitals for some refusals and not for others.
          const field = type === 'AccessDeniedException' ? 'Message' : 'message';
          return { status: 400, body: { __type: type, [field]: message } };
        },
      ),
  };
}
