// Test support: a certificate authority and certificates for loopback, made anew for each run.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { webcrypto } from 'node:crypto';

x509.cryptoProvider.set(webcrypto as Crypto);
// RSA: PyKMIP's cipher suites ask for it.
const algorithm = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
};
const dayMS = 86_400_000;

export interface Certificates {
  /** PEM of the authority. */
  readonly ca: string;
  readonly server: { readonly cert: string; readonly key: string };
  /** For `tlsOptions`: files of the authority, and of a client's certificate with its key. */
  readonly caFile: string;
  readonly clientFile: string;
  /** The server's certificate and key as files, for servers that are programs. */
  readonly serverFiles: { readonly cert: string; readonly key: string };
  /** One more certificate of the same authority; valid for a day around now unless told otherwise. */
  readonly issueClient: (validity?: Validity) => Promise<ClientFiles>;
  readonly remove: () => Promise<void>;
}

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Paths of PEM files. */
export interface ClientFiles {
  readonly cert: string;
  readonly key: string;
  /** Both in one file. */
  readonly both: string;
}

async function keyPem(key: CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`;
}

function generateKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

const validity = (): Validity => ({
  notBefore: new Date(Date.now() - dayMS),
  notAfter: new Date(Date.now() + dayMS),
});

/** An authority, a server certificate for 127.0.0.1, localhost and `hosts`, a client certificate. */
export async function makeCertificates(hosts: readonly string[] = []): Promise<Certificates> {
  const authority = await generateKeys();
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=MedcoMD test authority',
    keys: authority,
    signingAlgorithm: algorithm,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  const issue = async (name: string, usage: x509.ExtendedKeyUsage, within = validity()) => {
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      subject: `CN=${name}`,
      issuer: ca.subject,
      publicKey: keys.publicKey,
      signingKey: authority.privateKey,
      signingAlgorithm: algorithm,
      ...within,
      extensions: [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        new x509.SubjectAlternativeNameExtension([
          { type: 'dns', value: 'localhost' },
          { type: 'ip', value: '127.0.0.1' },
          ...hosts.map((value) => ({ type: 'dns' as const, value })),
        ]),
      ],
    });
    return { cert: certificate.toString('pem'), key: await keyPem(keys.privateKey) };
  };
  const server = await issue('localhost', x509.ExtendedKeyUsage.serverAuth);
  const client = await issue('medcomd-test', x509.ExtendedKeyUsage.clientAuth);
  const folder = await mkdtemp(join(tmpdir(), 'medco-certificates-'));
  const [caFile, clientFile] = [join(folder, 'ca.pem'), join(folder, 'client.pem')];
  await writeFile(caFile, ca.toString('pem'));
  await writeFile(clientFile, `${client.cert}\n${client.key}`, { mode: 0o600 });
  const serverFiles = { cert: join(folder, 'server.pem'), key: join(folder, 'server-key.pem') };
  await writeFile(serverFiles.cert, server.cert);
  await writeFile(serverFiles.key, server.key, { mode: 0o600 });
  let clients = 0;
  const issueClient = async (within?: Validity): Promise<ClientFiles> => {
    const { cert, key } = await issue('medcomd-test', x509.ExtendedKeyUsage.clientAuth, within);
    const path = join(folder, `client-${String(++clients)}`);
    const files = { cert: `${path}.pem`, key: `${path}-key.pem`, both: `${path}-both.pem` };
    await writeFile(files.cert, cert);
    await writeFile(files.key, key, { mode: 0o600 });
    await writeFile(files.both, `${cert}\n${key}`, { mode: 0o600 });
    return files;
  };
  return {
    ca: ca.toString('pem'),
    server,
    caFile,
    clientFile,
    serverFiles,
    issueClient,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
