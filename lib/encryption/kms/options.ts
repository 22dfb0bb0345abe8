// Layer kms: reads the BSON options of KMS providers and master keys, strictly and by name.
import { BsonType, elements, readBinary, readBool, readString, typeName } from '../bytes/index.ts';
import { KeyError } from '../errors.ts';

export interface OptionValues {
  readonly where: string;
  readonly strings: ReadonlyMap<string, string>;
  readonly binaries: ReadonlyMap<string, Buffer>;
  readonly bools: ReadonlyMap<string, boolean>;
  readonly size: number;
}

type OptionType = 'string' | 'bool' | 'string or binary';

/**
 * Reads all fields of `document`, which may have those of `allowed` only. `where` names it in errors.
 * Throws `KeyError` (`kms-options`).
 */
export function readOptions(
  document: Uint8Array,
  allowed: Readonly<Record<string, OptionType>>,
  where: string,
): OptionValues {
  const strings = new Map<string, string>();
  const binaries = new Map<string, Buffer>();
  const bools = new Map<string, boolean>();
  let size = 0;
  for (const { key, type, value } of elements(document)) {
    const expected = Object.hasOwn(allowed, key) ? allowed[key] : undefined;
    if (expected === undefined) {
      throw new KeyError('kms-options', `Unexpected field: '${key}' in \`${where}\``);
    }
    size++;
    if (expected !== 'bool' && type === BsonType.string) strings.set(key, readString(value));
    else if (expected === 'string or binary' && type === BsonType.binData) {
      binaries.set(key, Buffer.from(readBinary(value).data));
    } else if (expected === 'bool' && type === BsonType.bool) bools.set(key, readBool(value));
    else {
      const got = typeName(type);
      throw new KeyError(
        'kms-options',
        `Expected \`${where}.${key}\` to be ${expected}, got ${got}`,
      );
    }
  }
  return { where, strings, binaries, bools, size };
}

/** A string that must be there and not be empty. Throws `KeyError` (`kms-options`). */
export function requireOption(options: OptionValues, name: string): string {
  const value = options.strings.get(name);
  if (value === undefined || value === '') {
    const expected = `Expected \`${options.where}.${name}\`, a string that is not empty`;
    throw new KeyError('kms-options', expected);
  }
  return value;
}

/** Host name with an optional port, nothing else: no scheme, no path, no user. */
const hostAndPort = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?$/;

function isEndpoint(text: string): boolean {
  if (!hostAndPort.test(text)) return false;
  const [, port] = text.split(':');
  return port === undefined || (Number(port) > 0 && Number(port) <= 0xffff);
}

/** An endpoint. Throws `KeyError` (`kms-options`) unless it is `host` or `host:port`. */
export function requireEndpoint(options: OptionValues, name: string, fallback?: string): string {
  const value = options.strings.get(name) ?? fallback;
  if (value === undefined || !isEndpoint(value)) {
    throw new KeyError(
      'kms-options',
      `Expected \`${options.where}.${name}\` to be host or host:port`,
    );
  }
  return value;
}

/** `host:port`, with the default port where none is stated. */
export function withPort(endpoint: string, port: number): string {
  return endpoint.includes(':') ? endpoint : `${endpoint}:${port}`;
}

/** The host alone. */
export function hostOf(endpoint: string): string {
  return endpoint.split(':')[0] ?? endpoint;
}
