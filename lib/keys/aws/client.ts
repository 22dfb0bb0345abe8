// AWS's own client for KMS, for what the driver does not do: creating a CMK and asking what state it is in. Reaches
// the same endpoint with the same credentials and the same authorities as the clinic does.
import 'server-only';
import { readFileSync } from 'node:fs';
import { KMSClient, type KMSClientConfig } from '@aws-sdk/client-kms';
import type { KmsOptions } from '../kms';

export interface AwsAccess {
  /** Undefined: where AWS's own variables and files say. */
  readonly region?: string | undefined;
  /** `host` or `host:port`; undefined is AWS's own for the region. */
  readonly endpoint?: string | undefined;
  /** As the driver's `tlsOptions.aws`: a CA file is what a private endpoint needs. */
  readonly tls?: NonNullable<KmsOptions['tlsOptions']>['aws'];
  /** Keys of a user, or what finds those of the platform; left out, AWS's own search finds them. */
  readonly credentials?: KMSClientConfig['credentials'];
}

const CONNECT_MS = 5000;
const ANSWER_MS = 20_000;

/** Opens nothing yet. Call `destroy` at the end. */
export function createKmsClient({ region, endpoint, tls = {}, credentials }: AwsAccess): KMSClient {
  const { tlsCAFile, secureContext } = tls;
  return new KMSClient({
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint: `https://${endpoint}` }),
    ...(credentials !== undefined && { credentials }),
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: ANSWER_MS,
      throwOnRequestTimeout: true,
      httpsAgent: {
        ...(tlsCAFile !== undefined && { ca: readFileSync(/* turbopackIgnore: true */ tlsCAFile) }),
        ...(secureContext !== undefined && { secureContext }),
      },
    },
  });
}
