// What AWS says of a CMK: its state, and whether Encrypt and Decrypt work on a random probe, each permission asked for by
// itself through AWS's own client.
import 'server-only';
import { randomBytes } from 'node:crypto';
import {
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  type KeyMetadata,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { kmsOptions, type CustomerMasterKey } from '../kms';
import { explainRefusal, type RefusalReason } from '../kms-refusal';
import type { PreflightCheck } from '../preflight';
import { awsAccess, awsKeyName } from './access';
import { createKmsClient } from './client';

const PROBE_BYTES = 96;

/** Checks a CMK with the settings of this process, which may be wrong too. */
export async function askAws(cmk: CustomerMasterKey): Promise<PreflightCheck[]> {
  let client: KMSClient | undefined;
  try {
    client = createKmsClient(awsAccess(cmk, kmsOptions()));
    return await checkAwsKey(client, awsKeyName(cmk));
  } catch (error) {
    const where = { provider: 'aws', name: 'settings', resource: 'the CMK' };
    return [{ name: 'settings', outcome: 'failed', ...explainRefusal(error, where) }];
  } finally {
    client?.destroy();
  }
}

/**
 * Asks DescribeKey, Encrypt and Decrypt. Never throws because of AWS. DescribeKey is skipped where it is not permitted,
 * since the clinic does without it.
 */
export async function checkAwsKey(client: KMSClient, keyId: string): Promise<PreflightCheck[]> {
  const checks: PreflightCheck[] = [];
  const attempt = async <T>(name: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      const result = await work();
      checks.push({ name, outcome: 'passed', problem: null, reason: null });
      return result;
    } catch (error) {
      checks.push({
        name,
        outcome: 'failed',
        ...explainRefusal(error, { provider: 'aws', name, resource: keyId }),
      });
      return undefined;
    }
  };

  const described = await attempt('kms:DescribeKey', async () => {
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: keyId }));
    return KeyMetadata;
  });
  const [first] = checks;
  if (first?.reason === 'permission') {
    const problem = 'Not permitted, and not needed: the state of the key was not asked for';
    checks[0] = { ...first, outcome: 'skipped', problem };
  }
  if (described !== undefined) checks.push(...stateChecks(described));

  const probe = randomBytes(PROBE_BYTES);
  const blob = await attempt('kms:Encrypt', async () => {
    const sent = await client.send(new EncryptCommand({ KeyId: keyId, Plaintext: probe }));
    return sent.CiphertextBlob;
  });
  if (blob === undefined) {
    const problem = 'Not tried, since nothing could be encrypted';
    checks.push({ name: 'kms:Decrypt', outcome: 'skipped', problem, reason: null });
    return checks;
  }
  await attempt('kms:Decrypt', async () => {
    // Without a key id, as the encryption module asks: AWS finds it in the ciphertext.
    const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob: blob }));
    if (!probe.equals(Plaintext ?? Buffer.alloc(0))) {
      throw new Error('Expected the probe from Decrypt, got something else');
    }
  });
  return checks;
}

/** Only what is wrong. */
function* stateChecks({
  Arn = '',
  KeyState,
  KeyUsage,
  KeySpec,
}: KeyMetadata): Generator<PreflightCheck> {
  const failed = (reason: RefusalReason, problem: string): PreflightCheck => ({
    name: 'state of the key',
    outcome: 'failed',
    problem,
    reason,
  });
  if (KeyState !== 'Enabled') {
    yield failed('disabled', `Expected ${Arn} to be Enabled, got ${KeyState ?? 'no state'}`);
  }
  if (KeyUsage !== 'ENCRYPT_DECRYPT' || KeySpec !== 'SYMMETRIC_DEFAULT') {
    const got = `${KeyUsage ?? 'no usage'}, ${KeySpec ?? 'no spec'}`;
    yield failed('usage', `Expected ${Arn} to be a symmetric key for encryption, got ${got}`);
  }
}
