// Provider `aws`: a CMK in AWS KMS. Credentials are never settings of the clinic: `aws: {}` lets the driver ask
// @aws-sdk/credential-providers, which knows AWS's own variables, files and the platform.
import 'server-only';
import { platformCredentials } from '../aws/credentials';
import { endpoint, fileProblems, name, path } from './forms';
import { missingSettings, type GivenSettings, type Provider } from './provider';

const settings = {
  KMS_AWS_KEY: name,
  KMS_AWS_REGION: name,
  KMS_AWS_ENDPOINT: endpoint,
  KMS_AWS_CA_FILE: path,
};

/** `arn:aws:kms:REGION:ACCOUNT:key/ID` names its region. */
function regionOf(given: GivenSettings): string | undefined {
  const [arn, , , region] = (given['KMS_AWS_KEY'] ?? '').split(':');
  return given['KMS_AWS_REGION'] ?? (arn === 'arn' ? region : given['AWS_REGION']);
}

export const aws: Provider = {
  name: 'aws',
  settings: { ...settings, AWS_REGION: name },
  needs: ['KMS_AWS_KEY'],
  *problems(given, situation) {
    yield* missingSettings({ settings, needs: ['KMS_AWS_KEY'] }, given, situation);
    if (given['KMS_AWS_KEY'] !== undefined && regionOf(given) === undefined) {
      yield ['KMS_AWS_REGION', 'is needed unless `KMS_AWS_KEY` is an ARN'];
    }
    yield* fileProblems(given, { KMS_AWS_CA_FILE: 'public' });
  },
  configure: (given) => {
    const key = given['KMS_AWS_KEY'];
    const region = regionOf(given);
    if (key === undefined || region === undefined) return null;
    const tlsCAFile = given['KMS_AWS_CA_FILE'];
    const at = given['KMS_AWS_ENDPOINT'];
    const masterKey = { region, key, ...(at !== undefined && { endpoint: at }) };
    return {
      kmsProviders: { aws: {} },
      credentialProviders: { aws: platformCredentials },
      ...(tlsCAFile !== undefined && { tlsOptions: { aws: { tlsCAFile } } }),
      masterKeys: [{ provider: 'aws', masterKey }],
    };
  },
  describe: (masterKey) => String(masterKey?.['key'] ?? ''),
};
