// Creates a CMK at AWS with an alias and yearly rotation. May be repeated at any time: what is there is reused, and
// a key whose creation was cut short is found by its tag and finished.
import 'server-only';
import {
  AlreadyExistsException,
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  EnableKeyRotationCommand,
  GetKeyRotationStatusCommand,
  ListResourceTagsCommand,
  NotFoundException,
  paginateListAliases,
  paginateListKeys,
  type KeyMetadata,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { KeyError } from '../errors';
import { explainRefusal } from '../kms-refusal';

/** Names the alias that a key was made for, until it has it. */
const ALIAS_TAG = 'medcomd-alias';
const DESCRIPTION = 'MedcoMD: wraps the data keys of the clinic';

export interface CmkRequest {
  /** With or without `alias/` before it. */
  readonly alias: string;
  /** Whether AWS makes new key material every year; data keys stay as they are. */
  readonly rotation: boolean;
  /** Tells each step as it is done, in a sentence. */
  readonly onStep: (step: string) => void;
}

export interface CreatedCmk {
  readonly arn: string;
  readonly alias: string;
  readonly rotates: boolean;
}

/**
 * The CMK of this alias, made if there is none. Throws TypeError for a name that AWS does not allow, and KeyError
 * `MASTER_KEY` that names the missing permission, or what is wrong with a key that is there already.
 */
export async function createCmk(client: KMSClient, request: CmkRequest): Promise<CreatedCmk> {
  const alias = aliasName(request.alias);
  const { onStep } = request;
  const step = <T>(name: string, resource: string, work: () => Promise<T>): Promise<T> =>
    work().catch((error: unknown) => {
      if (error instanceof KeyError) throw error;
      const { problem } = explainRefusal(error, { provider: 'aws', name, resource });
      throw new KeyError('MASTER_KEY', problem, error);
    });

  const existing = await step('kms:DescribeKey', alias, () => describeIfThere(client, alias));
  let key = existing;
  if (key === undefined) {
    key = await findHalfMade(client, alias, onStep);
    key ??= await step('kms:CreateKey', '*', () => create(client, alias, onStep));
    const id = requireArn(key);
    await step('kms:CreateAlias', alias, () => nameKey(client, alias, id, onStep));
    key = await step('kms:DescribeKey', alias, () => describe(client, alias));
  } else onStep(`${alias} is there already: ${requireArn(key)}`);
  requireUsable(key);
  const arn = requireArn(key);
  const rotates =
    request.rotation &&
    (await step('kms:EnableKeyRotation', arn, () => enableRotation(client, arn, onStep)));
  return { arn, alias, rotates };
}

// AWS KMS API, CreateAlias: `alias/` and letters, digits, / _ -; names that begin with `alias/aws/` are AWS's own.
function aliasName(text: string): string {
  const name = text.startsWith('alias/') ? text.slice('alias/'.length) : text;
  if (/^[A-Za-z0-9/_-]{1,250}$/.test(name) && !name.startsWith('aws/')) return `alias/${name}`;
  throw new TypeError('Expected an alias of letters, digits, /, _ and -, not beginning with aws/');
}

async function describeIfThere(client: KMSClient, name: string): Promise<KeyMetadata | undefined> {
  try {
    return await describe(client, name);
  } catch (error) {
    if (error instanceof NotFoundException) return undefined;
    throw error;
  }
}

async function describe(client: KMSClient, name: string): Promise<KeyMetadata> {
  const { KeyMetadata: key } = await client.send(new DescribeKeyCommand({ KeyId: name }));
  if (key === undefined) throw new KeyError('MASTER_KEY', 'Expected a key from AWS, got none');
  return key;
}

/**
 * A key that was made for this alias and has no alias yet. Needs rights beyond those of the creation itself; without
 * them the search is left out, and says so: a second key costs money, not data.
 */
async function findHalfMade(
  client: KMSClient,
  alias: string,
  onStep: CmkRequest['onStep'],
): Promise<KeyMetadata | undefined> {
  let denied: string | undefined;
  /** Keys of others may be closed to whoever creates this one. */
  const allowed = async <T>(name: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      const { reason, problem } = explainRefusal(error, { provider: 'aws', name, resource: '*' });
      if (reason !== 'permission') throw new KeyError('MASTER_KEY', problem, error);
      denied = name;
      return undefined;
    }
  };
  const candidates = await allowed('kms:ListAliases', () => keysWithoutAlias(client));
  for (const id of candidates ?? []) {
    const isOurs = await allowed('kms:ListResourceTags', () => isMadeFor(client, id, alias));
    if (isOurs !== true) continue;
    const key = await allowed('kms:DescribeKey', () => describe(client, id));
    if (key?.KeyState !== 'Enabled') continue;
    onStep(`Goes on with ${requireArn(key)}, which has no alias yet`);
    return key;
  }
  if (denied !== undefined) {
    onStep(`A key whose creation was cut short would not be found: \`${denied}\` is not permitted`);
  }
  return undefined;
}

async function keysWithoutAlias(client: KMSClient): Promise<string[]> {
  const named = new Set<string | undefined>();
  for await (const { Aliases = [] } of paginateListAliases({ client }, {})) {
    for (const { TargetKeyId } of Aliases) named.add(TargetKeyId);
  }
  const ids: string[] = [];
  for await (const { Keys = [] } of paginateListKeys({ client }, {})) {
    for (const { KeyId } of Keys) if (KeyId !== undefined && !named.has(KeyId)) ids.push(KeyId);
  }
  return ids;
}

async function isMadeFor(client: KMSClient, KeyId: string, alias: string): Promise<boolean> {
  const { Tags = [] } = await client.send(new ListResourceTagsCommand({ KeyId }));
  return Tags.some(({ TagKey, TagValue }) => TagKey === ALIAS_TAG && TagValue === alias);
}

async function create(
  client: KMSClient,
  alias: string,
  onStep: CmkRequest['onStep'],
): Promise<KeyMetadata> {
  const { KeyMetadata: key } = await client.send(
    new CreateKeyCommand({
      Description: DESCRIPTION,
      KeySpec: 'SYMMETRIC_DEFAULT',
      KeyUsage: 'ENCRYPT_DECRYPT',
      Tags: [
        { TagKey: 'application', TagValue: 'medcomd' },
        { TagKey: ALIAS_TAG, TagValue: alias },
      ],
    }),
  );
  if (key === undefined) throw new KeyError('MASTER_KEY', 'Expected a new key from AWS, got none');
  onStep(`Created ${requireArn(key)}`);
  return key;
}

async function nameKey(
  client: KMSClient,
  alias: string,
  arn: string,
  onStep: CmkRequest['onStep'],
): Promise<void> {
  try {
    await client.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: arn }));
    onStep(`Named it ${alias}`);
  } catch (error) {
    if (!(error instanceof AlreadyExistsException)) throw error;
    onStep(`Somebody else made ${alias} meanwhile: ${arn} is not used and may be deleted`);
  }
}

/** Whether it is on. Whoever may not ask whether it is on already turns it on again, which changes nothing. */
async function enableRotation(
  client: KMSClient,
  KeyId: string,
  onStep: CmkRequest['onStep'],
): Promise<true> {
  const isOn = await client.send(new GetKeyRotationStatusCommand({ KeyId })).then(
    ({ KeyRotationEnabled }) => KeyRotationEnabled === true,
    () => false,
  );
  if (isOn) onStep('Yearly rotation is on already');
  else {
    await client.send(new EnableKeyRotationCommand({ KeyId }));
    onStep('Turned on yearly rotation');
  }
  return true;
}

function requireUsable(key: KeyMetadata): void {
  const arn = requireArn(key);
  const found = `${key.KeyState ?? 'unknown state'}, ${key.KeyUsage ?? ''} ${key.KeySpec ?? ''}`;
  const isUsable =
    key.KeyState === 'Enabled' &&
    key.KeyUsage === 'ENCRYPT_DECRYPT' &&
    key.KeySpec === 'SYMMETRIC_DEFAULT';
  if (isUsable) return;
  throw new KeyError(
    'MASTER_KEY',
    `Expected ${arn} to be an enabled symmetric key for encryption, got: ${found}`,
  );
}

function requireArn({ Arn }: KeyMetadata): string {
  if (Arn === undefined) throw new KeyError('MASTER_KEY', 'Expected the ARN of a key, got none');
  return Arn;
}
