// Provider `gcp`: a key in Google Cloud KMS. With a service account's address and private key, or with the metadata
// server of the machine where none are given.
import 'server-only';
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { KeyError } from '../errors';
import { endpoint, fileProblems, name, path } from './forms';
import {
  missingSettings,
  type GivenSettings,
  type Provider,
  type SettingProblem,
} from './provider';

const needs = [
  'KMS_GCP_PROJECT_ID',
  'KMS_GCP_LOCATION',
  'KMS_GCP_KEY_RING',
  'KMS_GCP_KEY_NAME',
] as const;
const EMAIL = 'KMS_GCP_EMAIL';
const PRIVATE_KEY_FILE = 'KMS_GCP_PRIVATE_KEY_FILE';
const settings = {
  [EMAIL]: name,
  [PRIVATE_KEY_FILE]: path,
  KMS_GCP_PROJECT_ID: name,
  KMS_GCP_LOCATION: name,
  KMS_GCP_KEY_RING: name,
  KMS_GCP_KEY_NAME: name,
  KMS_GCP_KEY_VERSION: name,
  KMS_GCP_ENDPOINT: endpoint,
  KMS_GCP_TOKEN_ENDPOINT: endpoint,
  KMS_GCP_CA_FILE: path,
};

/** What the file of `gcloud iam service-accounts keys create` holds, among other things. */
const accountFile = z.object({ client_email: z.string(), private_key: z.string() });

interface Account {
  readonly email: string | undefined;
  /** PKCS #8 as DER, as the driver wants it. */
  readonly privateKey: Buffer;
}

/** PEM, or the JSON that Google gives, which names the account too. Undefined if it is neither. */
function readAccount(file: string): Account | undefined {
  const text = readFileSync(file, 'utf8');
  try {
    const { client_email: email, private_key: pem } = text.trimStart().startsWith('{')
      ? accountFile.parse(JSON.parse(text))
      : { client_email: undefined, private_key: text };
    return { email, privateKey: createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' }) };
  } catch {
    // Without the cause: it may quote the file.
    return undefined;
  }
}

function accountOf(given: GivenSettings): { email: string; privateKey: Buffer } | undefined {
  const file = given[PRIVATE_KEY_FILE];
  if (file === undefined) return undefined;
  const { email = given[EMAIL], privateKey } = readAccount(file) ?? {};
  if (email !== undefined && privateKey !== undefined) return { email, privateKey };
  // A file that has changed since the start must not turn into the metadata server's account.
  throw new KeyError('MASTER_KEY', `\`${PRIVATE_KEY_FILE}\` does not hold a service account's key`);
}

function* accountProblems(given: GivenSettings): Generator<SettingProblem> {
  const [stated, file] = [given[EMAIL], given[PRIVATE_KEY_FILE]];
  if (file === undefined) {
    if (stated !== undefined) yield [PRIVATE_KEY_FILE, `is needed beside \`${EMAIL}\``];
    return;
  }
  const unreadable = [...fileProblems(given, { [PRIVATE_KEY_FILE]: 'secret' })];
  yield* unreadable;
  if (unreadable.length > 0) return;
  const account = readAccount(file);
  if (account === undefined) {
    yield [PRIVATE_KEY_FILE, 'expected a private key in PEM or a service account in JSON'];
  } else if (account.email === undefined && stated === undefined) {
    yield [EMAIL, `is needed beside \`${PRIVATE_KEY_FILE}\` in PEM`];
  } else if (account.email !== undefined && stated !== undefined && account.email !== stated) {
    yield [EMAIL, `expected the account that \`${PRIVATE_KEY_FILE}\` names, got another one`];
  }
}

export const gcp: Provider = {
  name: 'gcp',
  settings,
  needs,
  *problems(given, situation) {
    yield* missingSettings({ settings, needs }, given, situation);
    yield* accountProblems(given);
    yield* fileProblems(given, { KMS_GCP_CA_FILE: 'public' });
  },
  configure: (given) => {
    const [projectId, location, keyRing, keyName] = needs.map((setting) => given[setting]);
    if ([projectId, location, keyRing, keyName].includes(undefined)) return null;
    const at = given['KMS_GCP_ENDPOINT'];
    const keyVersion = given['KMS_GCP_KEY_VERSION'];
    const tlsCAFile = given['KMS_GCP_CA_FILE'];
    const masterKey = {
      ...{ projectId, location, keyRing, keyName },
      ...(keyVersion !== undefined && { keyVersion }),
      ...(at !== undefined && { endpoint: at }),
    };
    const tokens = given['KMS_GCP_TOKEN_ENDPOINT'];
    const account = accountOf(given);
    const gcp =
      account === undefined
        ? {}
        : { ...account, ...(tokens !== undefined && { endpoint: tokens }) };
    return {
      kmsProviders: { gcp },
      ...(tlsCAFile !== undefined && { tlsOptions: { gcp: { tlsCAFile } } }),
      masterKeys: [{ provider: 'gcp', masterKey }],
    };
  },
  describe: (masterKey) =>
    ['projectId', 'location', 'keyRing', 'keyName', 'keyVersion']
      .map((option) => masterKey?.[option] as unknown)
      .filter((part) => typeof part === 'string')
      .join('/'),
};
