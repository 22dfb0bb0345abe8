// Test support: the three clouds as cases of one table, for suites that run with more than one
// encryption module.
import type { Document, KMSProviders } from 'mongodb';
import { answerAsAws, answerAsAzure, answerAsGcp, aws, gcp, secondAzureClient } from './clouds.ts';
import type { startKmsEndpoint } from './kms-endpoint.ts';

export interface Cloud {
  readonly provider: 'aws' | 'azure' | 'gcp';
  readonly answer: Parameters<typeof startKmsEndpoint>[1];
  readonly credentials: (address: string) => object;
  readonly masterKey: (address: string) => Document;
  /** Messages to create a data key: a token first, where there is one. */
  readonly messages: number;
}

/** Each cloud, its endpoint's handler, and options that lead to an endpoint's address. */
export const clouds: Cloud[] = [
  {
    provider: 'aws',
    answer: answerAsAws,
    credentials: () => aws.credentials,
    masterKey: (endpoint) => ({ key: aws.key, region: aws.region, endpoint }),
    messages: 1,
  },
  {
    provider: 'azure',
    answer: answerAsAzure,
    credentials: (address) => ({ ...secondAzureClient, identityPlatformEndpoint: address }),
    masterKey: (keyVaultEndpoint) => ({ keyVaultEndpoint, keyName: 'master' }),
    messages: 2,
  },
  {
    provider: 'gcp',
    answer: answerAsGcp,
    credentials: (address) => ({ email: gcp.email, privateKey: gcp.privateKey, endpoint: address }),
    masterKey: (endpoint) => ({ ...gcp.masterKey, endpoint }),
    messages: 2,
  },
];

/** Options of one provider; wrong ones too, which the driver's types would not let through. */
export function configured(provider: string, options: object): KMSProviders {
  const providers: unknown = { [provider]: options };
  return providers as KMSProviders;
}
