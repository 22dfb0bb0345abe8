// Credentials of AWS where the settings hold none: AWS's own variables and files, then the platform's (a role of the
// machine, the container or the pod). Knows nothing of keys.
import 'server-only';
import type { AWSCredentialProvider } from 'mongodb';

let chain: AWSCredentialProvider | undefined;

/**
 * Finds credentials, and keeps them until shortly before they expire. Given to the driver, which otherwise searches
 * anew for each message to the KMS: with a role that is one more request each time, to a service with a limit of its own.
 */
export const platformCredentials: AWSCredentialProvider = async () => {
  const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
  chain ??= fromNodeProviderChain();
  return chain();
};
