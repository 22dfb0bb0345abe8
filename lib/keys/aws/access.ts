// From the driver's options and a CMK to what AWS's own client needs, so that both go to one place with one identity.
import 'server-only';
import type { AWSKMSProviderConfiguration } from 'mongodb';
import { KeyError } from '../errors';
import type { CustomerMasterKey, KmsOptions } from '../kms';
import type { AwsAccess } from './client';

/** Throws KeyError `MASTER_KEY` if `cmk` is not one of AWS, or its provider has no settings. */
export function awsAccess({ provider, masterKey }: CustomerMasterKey, kms: KmsOptions): AwsAccess {
  const isAws = provider === 'aws' || provider.startsWith('aws:');
  const credentials: Partial<AWSKMSProviderConfiguration> | undefined = isAws
    ? kms.kmsProviders[provider as 'aws']
    : undefined;
  const region: unknown = masterKey?.['region'];
  const endpoint: unknown = masterKey?.['endpoint'];
  if (credentials === undefined || typeof region !== 'string') {
    throw new KeyError('MASTER_KEY', 'Expected a CMK of a configured AWS provider, with a region');
  }
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const isStated = accessKeyId !== undefined && secretAccessKey !== undefined;
  return {
    region,
    endpoint: typeof endpoint === 'string' ? endpoint : undefined,
    tls: kms.tlsOptions?.[provider as 'aws'],
    credentials: isStated
      ? { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
      : kms.credentialProviders?.aws,
  };
}

/** The ARN, id or alias of the CMK. */
export function awsKeyName({ masterKey }: CustomerMasterKey): string {
  const key: unknown = masterKey?.['key'];
  if (typeof key === 'string' && key !== '') return key;
  throw new KeyError('MASTER_KEY', 'Expected a CMK with the ARN, id or alias of a key, got none');
}
