// A TLS client certificate with its key, from one file or two, and the authority of the server: read, and judged
// before anything depends on it. No message holds any of it.
import 'server-only';
import { createPrivateKey, KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';

export interface ClientCertificateFiles {
  readonly caFile: string;
  readonly certificateFile: string;
  /** The same as `certificateFile` where one PEM file holds both. */
  readonly keyFile: string;
  readonly password: string | undefined;
}

/** Which of the files, or the password, is wrong, and how. */
export type CertificateProblem = readonly [
  about: 'caFile' | 'certificateFile' | 'keyFile' | 'password',
  problem: string,
];

/** Null when a server could be reached with it; whether that takes it only the server can say. */
export function certificateProblem(
  files: ClientCertificateFiles,
  now = new Date(),
): CertificateProblem | null {
  const ca = parseCertificate(files.caFile);
  if (ca === null) return ['caFile', 'expected a certificate in PEM, got none'];
  const caTime = timeProblem(ca, now);
  if (caTime !== null) return ['caFile', caTime];
  const certificate = parseCertificate(files.certificateFile);
  if (certificate === null) return ['certificateFile', 'expected a certificate in PEM, got none'];
  const time = timeProblem(certificate, now);
  if (time !== null) return ['certificateFile', time];
  const key = readKey(files);
  if (!(key instanceof KeyObject)) return key;
  return certificate.checkPrivateKey(key)
    ? null
    : ['keyFile', 'expected the private key of the client certificate, got another one'];
}

/** For `tlsOptions`: this way the certificate and its key may be two files. */
export function secureContextOf(files: ClientCertificateFiles): SecureContext {
  return createSecureContext({
    ca: readFileSync(files.caFile),
    cert: readFileSync(files.certificateFile),
    key: readFileSync(files.keyFile),
    ...(files.password !== undefined && { passphrase: files.password }),
  });
}

function parseCertificate(file: string): X509Certificate | null {
  try {
    return new X509Certificate(readFileSync(file));
  } catch {
    return null;
  }
}

function timeProblem({ validFrom, validTo }: X509Certificate, now: Date): string | null {
  const [from, to] = [new Date(validFrom), new Date(validTo)];
  if (to < now) return `expected a certificate that is valid, got one that expired on ${day(to)}`;
  return from > now ? `expected a certificate that is valid, got one from ${day(from)} on` : null;
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function readKey({ keyFile, password }: ClientCertificateFiles): KeyObject | CertificateProblem {
  const pem = readFileSync(keyFile, 'utf8');
  // OpenSSL's own form of encrypted keys, and PKCS #8's.
  const isEncrypted = /ENCRYPTED/.test(pem);
  if (isEncrypted && password === undefined) {
    return ['password', 'is needed, since the private key is encrypted'];
  }
  try {
    return createPrivateKey({ key: pem, ...(isEncrypted && { passphrase: password }) });
  } catch {
    return isEncrypted
      ? ['password', 'expected the password of the private key, got another one']
      : ['keyFile', 'expected a private key in PEM, got none'];
  }
}
