// Encryption at rest: the options as a whole. Flags go before environment variables, and those before the file.
// Strict: what is unknown, of the wrong type, or contradicts another option ends the start.
import { isAbsolute, resolve } from 'node:path';

import { AtRestError } from './errors.ts';
import { OPTION_NAMES, type OptionName, OPTIONS } from './option-names.ts';
import {
  type Given,
  type GivenOptions,
  readConfigFile,
  type Flags,
  readFlags,
  readVariables,
} from './option-sources.ts';

const KMIP_PORT = 5696;

export interface KmipServer {
  readonly host: string;
  readonly port: number;
}

export interface KmipOptions {
  readonly provider: 'kmip';
  /** In the order in which they are tried; at least one. */
  readonly servers: readonly KmipServer[];
  /** Paths are absolute. Without a CA file the authorities that Node knows are trusted. */
  readonly serverCAFile: string | undefined;
  readonly clientCertificateFile: string;
  /** Absent: the private key lies in the certificate file. */
  readonly clientKeyFile: string | undefined;
  readonly clientCertificatePassword: string | undefined;
  /** Absent: a key is made on the server. */
  readonly keyIdentifier: string | undefined;
}

export interface KeyFileOptions {
  readonly provider: 'local';
  /** Absolute. */
  readonly keyFile: string;
}

export type MasterKeyOptions = KmipOptions | KeyFileOptions;

export interface AtRestOptions {
  readonly masterKey: MasterKeyOptions;
  /** Makes a new master key, wraps the keystore with it and ends, as `mongod` does. */
  readonly rotateMasterKey: boolean;
  /** What the operator should know, one sentence each. */
  readonly notices: readonly string[];
}

export interface OptionSources {
  readonly flags?: Flags;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** The options in force; undefined if encryption is not enabled. Throws AtRestError OPTION. */
export function readAtRestOptions(sources: OptionSources): AtRestOptions | undefined {
  const flags = sources.flags ?? readFlags([]);
  const variables = readVariables(sources.environment ?? {});
  const config = flags.config ?? variables.config;
  const file: GivenOptions = config === undefined ? new Map() : readConfigFile(config);
  const given = new Map<OptionName, Given>([...file, ...variables.options, ...flags.options]);
  for (const name of OPTION_NAMES) requireType(name, given.get(name));

  const enabled = given.get('enableEncryption');
  if (enabled?.text !== 'true') {
    // Written out, `false` switches a configuration off as a whole.
    const [other] = given.values();
    if (enabled || !other) return undefined;
    throw wrong(
      `Expected \`${OPTIONS.enableEncryption.path}\` to be true, since \`${other.as}\` is given, got none`,
    );
  }
  const notices: string[] = [];
  if (flags.options.has('clientCertificatePassword')) {
    notices.push(
      'Other users of this machine can read `--kmipClientCertificatePassword` in the list of processes; ' +
        `prefer ${OPTIONS.clientCertificatePassword.variable} or the configuration file.`,
    );
  }
  return {
    masterKey: readMasterKey(given),
    rotateMasterKey: given.get('rotateMasterKey')?.text === 'true',
    notices,
  };
}

function readMasterKey(given: GivenOptions): MasterKeyOptions {
  const keyFile = given.get('encryptionKeyFile');
  const kmip = OPTION_NAMES.flatMap((name) => {
    const option = given.get(name);
    // A blank identifier or a rotation that is switched off asks for nothing.
    const isNothing =
      option?.text === '' || (name === 'rotateMasterKey' && option?.text === 'false');
    return option && !isNothing && OPTIONS[name].path.startsWith('security.kmip.') ? [option] : [];
  });
  if (keyFile && kmip[0]) {
    throw wrong(`Expected a key file or KMIP, got both \`${keyFile.as}\` and \`${kmip[0].as}\``);
  }
  if (keyFile) return { provider: 'local', keyFile: path(keyFile) };
  const serverName = given.get('serverName');
  const certificate = given.get('clientCertificateFile');
  if (!serverName) {
    const also = kmip[0] ? `, since \`${kmip[0].as}\` is given,` : ',';
    throw wrong(
      kmip[0]
        ? `Expected \`${OPTIONS.serverName.path}\`${also} got none`
        : `Expected \`${OPTIONS.encryptionKeyFile.path}\` or \`${OPTIONS.serverName.path}\`, got neither`,
    );
  }
  if (!certificate) {
    throw wrong(`Expected \`${OPTIONS.clientCertificateFile.path}\` for KMIP, got none`);
  }
  const optionalPath = (name: OptionName) => {
    const option = given.get(name);
    return option && option.text !== '' ? path(option) : undefined;
  };
  const optionalText = (name: OptionName) => given.get(name)?.text || undefined;
  const port = Number(given.get('port')?.text ?? KMIP_PORT);
  return {
    provider: 'kmip',
    servers: readServers(serverName, port),
    serverCAFile: optionalPath('serverCAFile'),
    clientCertificateFile: path(certificate),
    clientKeyFile: optionalPath('clientKeyFile'),
    clientCertificatePassword: optionalText('clientCertificatePassword'),
    keyIdentifier: optionalText('keyIdentifier'),
  };
}

/** `kmip1,kmip2`; each may carry a port of its own, `kmip2:5697`, an IPv6 address in brackets. */
function readServers({ text, as }: Given, port: number): KmipServer[] {
  return text.split(',').map((entry) => {
    const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d+))?$/.exec(entry.trim());
    const host = match?.[1] ?? match?.[2];
    const own = match?.[3] === undefined ? port : Number(match[3]);
    if (host === undefined || own < 1 || own > 65_535) {
      throw wrong(`Expected \`${as}\` to be host names, separated by commas, got something else`);
    }
    return { host, port: own };
  });
}

function requireType(name: OptionName, given: Given | undefined): void {
  if (!given) return;
  const { text, as } = given;
  const { type } = OPTIONS[name];
  if (type === 'boolean' && text !== 'true' && text !== 'false') {
    throw wrong(`Expected \`${as}\` to be true or false, got something else`);
  }
  if (type === 'port' && !(/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535)) {
    throw wrong(`Expected \`${as}\` to be a number from 1 to 65535, got something else`);
  }
  const mayBeBlank =
    name === 'keyIdentifier' || name === 'serverCAFile' || name === 'clientKeyFile';
  if (text.trim() === '' && !mayBeBlank) throw wrong(`Expected a value of \`${as}\`, got none`);
}

function path({ text, base }: Given): string {
  return isAbsolute(text) ? text : resolve(base, text);
}

function wrong(message: string): AtRestError {
  return new AtRestError('OPTION', message);
}
