// Provider `kmip`: a key on a KMIP server, in the settings that operators of database servers know: several servers with
// failover in order, CA file, client certificate and key files, key identifier, and delegated mode.
import 'server-only';
import { z } from 'zod';
import { certificateProblem, secureContextOf } from './client-certificate';
import { addressOf, createDialer, type Server } from './dial';
import {
  fileProblems,
  flag,
  isEndpoint,
  name,
  path,
  secretForms,
  secretOf,
  secretProblems,
} from './forms';
import { missingSettings, type GivenSettings, type Provider } from './provider';

/** KMIP profiles 1.0, "TLS": the port that IANA assigned. */
const KMIP_PORT = 5696;
const PASSWORD = 'KMS_KMIP_CLIENT_CERTIFICATE_PASSWORD';

const settings = {
  KMS_KMIP_SERVER_NAME: z
    .string()
    .refine(
      (list) => list.split(',').every((server) => isEndpoint(server.trim())),
      'expected host or host:port, several with commas between them',
    )
    .optional(),
  KMS_KMIP_PORT: z
    .string()
    .refine((port) => /^\d{1,5}$/.test(port) && isEndpoint(`h:${port}`), 'expected a port number')
    .optional(),
  KMS_KMIP_SERVER_CA_FILE: path,
  KMS_KMIP_CLIENT_CERTIFICATE_FILE: path,
  KMS_KMIP_CLIENT_KEY_FILE: path,
  ...secretForms(PASSWORD),
  KMS_KMIP_KEY_IDENTIFIER: name,
  KMS_KMIP_DELEGATED: flag,
};

const needs = [
  'KMS_KMIP_SERVER_NAME',
  'KMS_KMIP_SERVER_CA_FILE',
  'KMS_KMIP_CLIENT_CERTIFICATE_FILE',
];

/** Where each part of a certificate's problem is set. */
function settingOf(
  about: 'caFile' | 'certificateFile' | 'keyFile' | 'password',
  given: GivenSettings,
): string {
  if (about === 'caFile') return 'KMS_KMIP_SERVER_CA_FILE';
  if (about === 'certificateFile') return 'KMS_KMIP_CLIENT_CERTIFICATE_FILE';
  if (about === 'password')
    return given[`${PASSWORD}_FILE`] === undefined ? PASSWORD : `${PASSWORD}_FILE`;
  return given['KMS_KMIP_CLIENT_KEY_FILE'] === undefined
    ? 'KMS_KMIP_CLIENT_CERTIFICATE_FILE'
    : 'KMS_KMIP_CLIENT_KEY_FILE';
}

function filesOf(given: GivenSettings) {
  const caFile = given['KMS_KMIP_SERVER_CA_FILE'];
  const certificateFile = given['KMS_KMIP_CLIENT_CERTIFICATE_FILE'];
  if (caFile === undefined || certificateFile === undefined) return undefined;
  const keyFile = given['KMS_KMIP_CLIENT_KEY_FILE'] ?? certificateFile;
  return { caFile, certificateFile, keyFile, password: secretOf(given, PASSWORD) };
}

function serversOf(given: GivenSettings): [Server, ...Server[]] | undefined {
  const otherwise = given['KMS_KMIP_PORT'] ?? String(KMIP_PORT);
  const [first, ...more] = (given['KMS_KMIP_SERVER_NAME'] ?? '').split(',').map((text) => {
    const [host = '', port = otherwise] = text.trim().split(':');
    return { host, port: Number(port) };
  });
  return first === undefined || first.host === '' ? undefined : [first, ...more];
}

export const kmip: Provider = {
  name: 'kmip',
  settings,
  needs,
  *problems(given, situation) {
    yield* missingSettings({ settings, needs }, given, situation);
    const keyIsApart = given['KMS_KMIP_CLIENT_KEY_FILE'] !== undefined;
    const found = [
      ...secretProblems(given, PASSWORD),
      ...fileProblems(given, {
        KMS_KMIP_SERVER_CA_FILE: 'public',
        KMS_KMIP_CLIENT_CERTIFICATE_FILE: keyIsApart ? 'public' : 'secret',
        KMS_KMIP_CLIENT_KEY_FILE: 'secret',
      }),
    ];
    yield* found;
    if (found.length > 0) return;
    const files = filesOf(given);
    const problem = files && certificateProblem(files);
    if (problem) yield [settingOf(problem[0], given), problem[1]];
  },
  configure: (given) => {
    const servers = serversOf(given);
    const files = filesOf(given);
    if (servers === undefined || files === undefined) return null;
    const [first] = servers;
    const dial = createDialer(servers);
    const keyId = given['KMS_KMIP_KEY_IDENTIFIER'];
    // A blank identifier makes a key of its own for each data key: only setup may leave it out, once.
    const masterKey = {
      ...(keyId !== undefined && { keyId }),
      ...(given['KMS_KMIP_DELEGATED'] === 'true' && { delegated: true }),
    };
    return {
      kmsProviders: { kmip: { endpoint: addressOf(first) } },
      tlsOptions: { kmip: { secureContext: secureContextOf(files) } },
      masterKeys: [{ provider: 'kmip', masterKey }],
      connect: (host, port) => (host === first.host && port === first.port ? dial() : undefined),
    };
  },
  describe: (masterKey) => {
    const keyId: unknown = masterKey?.['keyId'];
    const which = typeof keyId === 'string' ? `key ${keyId}` : 'with a new key';
    return masterKey?.['delegated'] === true ? `${which}, delegated` : which;
  },
};
