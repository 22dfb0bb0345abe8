// Provider `azure`: a key in Azure Key Vault. With a client's id and secret, or with the managed identity of the
// machine where none are given.
import 'server-only';
import { endpoint, fileProblems, name, path, secretForms, secretOf, secretProblems } from './forms';
import { missingSettings, type GivenSettings, type Provider } from './provider';

const SECRET = 'KMS_AZURE_CLIENT_SECRET';
const CLIENT = ['KMS_AZURE_TENANT_ID', 'KMS_AZURE_CLIENT_ID'];
/**
 * The version is needed because what a version of an RSA key has wrapped no other one opens, and without a version the
 * vault takes the newest: the day somebody rotates the key in the vault, every data key would be closed.
 */
const needs = [
  'KMS_AZURE_KEY_VAULT_ENDPOINT',
  'KMS_AZURE_KEY_NAME',
  'KMS_AZURE_KEY_VERSION',
] as const;
const settings = {
  KMS_AZURE_TENANT_ID: name,
  KMS_AZURE_CLIENT_ID: name,
  ...secretForms(SECRET),
  KMS_AZURE_KEY_VAULT_ENDPOINT: endpoint,
  KMS_AZURE_KEY_NAME: name,
  KMS_AZURE_KEY_VERSION: name,
  KMS_AZURE_IDENTITY_PLATFORM_ENDPOINT: endpoint,
  KMS_AZURE_CA_FILE: path,
};

function isClientGiven(given: GivenSettings): boolean {
  return [...CLIENT, SECRET, `${SECRET}_FILE`].some((setting) => given[setting] !== undefined);
}

export const azure: Provider = {
  name: 'azure',
  settings,
  needs,
  *problems(given, situation) {
    yield* missingSettings({ settings, needs }, given, situation);
    yield* secretProblems(given, SECRET);
    if (isClientGiven(given)) {
      for (const setting of CLIENT) {
        if (given[setting] === undefined) yield [setting, 'is needed beside the other two'];
      }
      if (given[SECRET] === undefined && given[`${SECRET}_FILE`] === undefined) {
        yield [SECRET, 'is needed beside `KMS_AZURE_CLIENT_ID`'];
      }
    }
    yield* fileProblems(given, { KMS_AZURE_CA_FILE: 'public' });
  },
  configure: (given) => {
    const [keyVaultEndpoint, keyName, keyVersion] = needs.map((setting) => given[setting]);
    if ([keyVaultEndpoint, keyName, keyVersion].includes(undefined)) return null;
    const tlsCAFile = given['KMS_AZURE_CA_FILE'];
    const platform = given['KMS_AZURE_IDENTITY_PLATFORM_ENDPOINT'];
    const client = {
      tenantId: given['KMS_AZURE_TENANT_ID'] ?? '',
      clientId: given['KMS_AZURE_CLIENT_ID'] ?? '',
      clientSecret: secretOf(given, SECRET) ?? '',
      ...(platform !== undefined && { identityPlatformEndpoint: platform }),
    };
    const masterKey = { keyVaultEndpoint, keyName, keyVersion };
    return {
      kmsProviders: { azure: isClientGiven(given) ? client : {} },
      ...(tlsCAFile !== undefined && { tlsOptions: { azure: { tlsCAFile } } }),
      masterKeys: [{ provider: 'azure', masterKey }],
    };
  },
  describe: (masterKey) =>
    [masterKey?.['keyVaultEndpoint'], masterKey?.['keyName'], masterKey?.['keyVersion']]
      .filter((part) => part !== undefined)
      .join('/'),
};
