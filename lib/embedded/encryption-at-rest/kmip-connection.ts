// Encryption at rest: talks to KMIP servers over TLS. The servers are tried in order and the first one that answers
// is used to the end. The messages are those of the encryption module.
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';

import type { Conversation, KmsRequest } from '../../encryption/kms/provider.ts';
import { AtRestError } from './errors.ts';
import type { KmipOptions, KmipServer } from './options.ts';

/** A server that accepts connections and is silent must not hold up the next one for longer. */
const PATIENCE_MS = 10_000;

export interface KmipConnection {
  /** `host:port`, for messages. */
  readonly address: string;
  /** Runs a conversation. Rejects with what it throws, or with an Error if the connection fails. */
  run<Result>(conversation: Conversation<Result>): Promise<Result>;
}

/** Where a server failed before it said anything about the key. */
class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

/**
 * Runs `work` on the first server, in the given order, that can be used. Only a failed connection moves on to the next
 * one: what a server says about a key is the answer. Throws AtRestError KMIP_UNREACHABLE, which says why each server
 * could not be used, and OPTION for certificate files that cannot be used.
 */
export async function withKmipServer<Result>(
  options: KmipOptions,
  work: (connection: KmipConnection) => Promise<Result>,
): Promise<Result> {
  const credentials = readCredentials(options);
  const problems: string[] = [];
  for (const server of options.servers) {
    const address = addressOf(server);
    let socket: TLSSocket | undefined;
    try {
      socket = await dial(server, credentials);
      return await work(connection(address, socket));
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      problems.push(`${address}: ${error.message}`);
    } finally {
      socket?.destroy();
    }
  }
  throw new AtRestError(
    'KMIP_UNREACHABLE',
    `Expected a KMIP server of \`security.kmip.serverName\` that can be used, got none: ${problems.join('; ')}`,
  );
}

function addressOf({ host, port }: KmipServer): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

function readCredentials(options: KmipOptions): ConnectionOptions {
  const { serverCAFile, clientCertificateFile, clientKeyFile, clientCertificatePassword } = options;
  const cert = readPem('clientCertificateFile', clientCertificateFile);
  return {
    minVersion: 'TLSv1.2',
    cert,
    key: clientKeyFile === undefined ? cert : readPem('clientKeyFile', clientKeyFile),
    ...(serverCAFile !== undefined && { ca: readPem('serverCAFile', serverCAFile) }),
    ...(clientCertificatePassword !== undefined && { passphrase: clientCertificatePassword }),
  };
}

function readPem(option: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const message = `Expected \`security.kmip.${option}\` at ${path}, got no file that can be read`;
    throw new AtRestError('OPTION', message, { cause });
  }
}

async function dial(server: KmipServer, credentials: ConnectionOptions): Promise<TLSSocket> {
  const { host, port } = server;
  let socket: TLSSocket;
  try {
    const servername = isIP(host) ? {} : { servername: host };
    socket = connect({ ...credentials, host, port, ...servername });
  } catch (cause) {
    throw credentialsError(credentials, cause);
  }
  await new Promise<void>((resolve, reject) => {
    const finish = (problem?: ConnectionError) => {
      socket.off('error', onError).off('close', onClose).off('timeout', onTimeout).setTimeout(0);
      // An error between two requests is that of the next request.
      socket.on('error', () => undefined);
      if (!problem) {
        resolve();
        return;
      }
      socket.destroy();
      reject(problem);
    };
    const onError = (error: Error) =>
      finish(new ConnectionError(describe(error), { cause: error }));
    const onClose = () => finish(new ConnectionError('it closed the connection'));
    const onTimeout = () => finish(new ConnectionError('no answer in time'));
    socket.on('error', onError).on('close', onClose).on('timeout', onTimeout);
    socket.setTimeout(PATIENCE_MS).once('secureConnect', () => finish());
  });
  return socket;
}

function credentialsError(credentials: ConnectionOptions, cause: unknown): AtRestError {
  return new AtRestError(
    'OPTION',
    isKeyLocked(credentials)
      ? 'Expected `security.kmip.clientCertificatePassword` to open the private key, got none or another one'
      : 'Expected PEM files with a certificate and its private key under `security.kmip`, got something that TLS cannot use',
    { cause },
  );
}

/**
 * Whether the private key is encrypted and the password does not open it. OpenSSL's wording cannot tell: one wrong password
 * in some hundreds leaves padding that looks right, and then it complains of the key's structure.
 */
function isKeyLocked({ key, passphrase }: ConnectionOptions): boolean {
  const pem = Buffer.isBuffer(key) ? key.toString('latin1') : '';
  if (!pem.includes('ENCRYPTED')) return false;
  try {
    createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) });
    return false;
  } catch {
    return true;
  }
}

const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'it closed the connection',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name cannot be resolved now',
  ETIMEDOUT: 'no answer in time',
  EHOSTUNREACH: 'no route to it',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not signed by `security.kmip.serverCAFile`',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not signed by `security.kmip.serverCAFile`',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not signed by `security.kmip.serverCAFile`',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate is not signed by `security.kmip.serverCAFile`',
  CERT_SIGNATURE_FAILURE: 'its certificate is not signed by `security.kmip.serverCAFile`',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS 1.2 or later',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
};

function describe(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // An alert is the server's: it does not like what we showed.
  if (/ALERT/i.test(code) || /alert/.test(error.message)) {
    return 'it refuses the client certificate of `security.kmip.clientCertificateFile`';
  }
  return CAUSES[code] ?? `the connection failed (${code === '' ? error.name : code})`;
}

function connection(address: string, socket: TLSSocket): KmipConnection {
  return {
    address,
    run: async (conversation) => {
      let step = conversation.next();
      while (step.done !== true) {
        try {
          await exchange(socket, step.value);
        } catch (error) {
          // Lets the conversation zero what it holds.
          conversation.return(undefined as never);
          throw error;
        }
        step = conversation.next();
      }
      return step.value;
    },
  };
}

function exchange(socket: TLSSocket, request: KmsRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (error?: Error) => {
      socket.off('data', onData).off('error', onError).off('close', onClose);
      socket.setTimeout(0).off('timeout', onTimeout);
      if (error) reject(error);
      else resolve();
    };
    const onData = (chunk: Buffer) => {
      request.addResponse(chunk);
      chunk.fill(0);
      if (request.bytesNeeded === 0) finish();
    };
    const onError = (error: Error) =>
      finish(new ConnectionError(describe(error), { cause: error }));
    // A server of TLS 1.3 refuses a client certificate only now.
    const onClose = () => finish(new ConnectionError('it closed the connection without an answer'));
    const onTimeout = () => finish(new ConnectionError('no answer in time'));
    socket.on('data', onData).on('error', onError).on('close', onClose);
    socket.setTimeout(PATIENCE_MS).on('timeout', onTimeout);
    if (socket.destroyed) onClose();
    else socket.write(request.message);
  });
}
