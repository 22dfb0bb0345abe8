// Encryption at rest: the options by their three names: in the YAML file, as a flag, as an environment variable.
// File and flags are spelled as operators of Percona Server and MongoDB Enterprise know them.

export type OptionType = 'boolean' | 'string' | 'port' | 'path';

interface Names {
  /** As in the YAML file. */
  readonly path: string;
  readonly flag: string;
  readonly variable: string;
  readonly type: OptionType;
}

/** Names the YAML file itself. */
export const CONFIG_VARIABLE = 'MEDCO_AT_REST_CONFIG';
export const VARIABLE_PREFIX = 'MEDCO_AT_REST_';

/** A blank `keyIdentifier` and `serverCAFile` mean none. */
export const OPTIONS = {
  enableEncryption: {
    path: 'security.enableEncryption',
    flag: 'enableEncryption',
    variable: 'MEDCO_AT_REST_ENABLE_ENCRYPTION',
    type: 'boolean',
  },
  encryptionKeyFile: {
    path: 'security.encryptionKeyFile',
    flag: 'encryptionKeyFile',
    variable: 'MEDCO_AT_REST_ENCRYPTION_KEY_FILE',
    type: 'path',
  },
  serverName: kmip('serverName', 'SERVER_NAME', 'string'),
  port: kmip('port', 'PORT', 'port'),
  serverCAFile: kmip('serverCAFile', 'SERVER_CA_FILE', 'path'),
  clientCertificateFile: kmip('clientCertificateFile', 'CLIENT_CERTIFICATE_FILE', 'path'),
  clientKeyFile: kmip('clientKeyFile', 'CLIENT_KEY_FILE', 'path'),
  clientCertificatePassword: kmip(
    'clientCertificatePassword',
    'CLIENT_CERTIFICATE_PASSWORD',
    'string',
  ),
  keyIdentifier: kmip('keyIdentifier', 'KEY_IDENTIFIER', 'string'),
  rotateMasterKey: kmip('rotateMasterKey', 'ROTATE_MASTER_KEY', 'boolean'),
} as const satisfies Record<string, Names>;

export type OptionName = keyof typeof OPTIONS;
export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];

function kmip<Type extends OptionType>(name: string, variable: string, type: Type) {
  return {
    path: `security.kmip.${name}`,
    flag: `kmip${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    variable: `${VARIABLE_PREFIX}KMIP_${variable}`,
    type,
  };
}
