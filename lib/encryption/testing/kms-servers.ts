// Test support: all five KMS providers at once, the clouds under the host names that they have in the
// world. The driver's `kmsConnectCallback` leads those names to TLS endpoints on loopback; TLS, with
// the check of the name in the certificate, stays the driver's own.
import type { ClientEncryptionOptions, KMSProviders } from 'mongodb';
import { connect, type Socket } from 'node:net';
import { ensurePykmip, startPykmip, type Pykmip } from '../../../peers/pykmip.ts';
import { makeCertificates } from './certificates.ts';
import { answerAsAws, answerAsAzure, answerAsGcp, aws, gcp, secondAzureClient } from './clouds.ts';
import { startKmsEndpoint, type KmsEndpoint } from './kms-endpoint.ts';

export const providerNames = ['local', 'aws', 'azure', 'gcp', 'kmip'] as const;
export type ProviderName = (typeof providerNames)[number];

/** Without Python PyKMIP cannot be had; what needs it is then skipped by name. */
export const hasKmip = await ensurePykmip();

/** The name of a vault at Azure; the part before the domain is the customer's. */
export const vaultHost = 'clinic.vault.azure.net';

/** `masterKey` of `createDataKey`, with nothing that has a default. */
export const masterKeys: Readonly<Record<ProviderName, object | undefined>> = {
  local: undefined,
  aws: { region: aws.region, key: aws.key },
  azure: { keyVaultEndpoint: vaultHost, keyName: 'master' },
  gcp: gcp.masterKey,
  kmip: {},
};

type KmsOptions = Required<
  Pick<ClientEncryptionOptions, 'kmsProviders' | 'tlsOptions' | 'kmsConnectCallback'>
>;

export interface KmsServers {
  /** For `ClientEncryption` and `autoEncryption`: every provider that can be had. */
  readonly options: KmsOptions;
  readonly clouds: Readonly<Record<'aws' | 'azure' | 'gcp', KmsEndpoint>>;
  readonly kmip: Pykmip | undefined;
  /** Where a cloud's host name leads: a port of loopback. For clients that are not the driver. */
  readonly routes: ReadonlyMap<string, number>;
  /** Every `host:port` that the driver wanted to reach, in order. */
  readonly dialled: readonly string[];
  readonly close: () => Promise<void>;
}

const hostsOf = {
  aws: ['kms.us-east-1.amazonaws.com', 'kms.us-east-2.amazonaws.com'],
  azure: ['login.microsoftonline.com', vaultHost],
  gcp: ['oauth2.googleapis.com', 'cloudkms.googleapis.com'],
} as const;

function dial(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    socket.once('error', reject).once('connect', () => {
      resolve(socket);
    });
  });
}

/** Starts the endpoints, and PyKMIP where it is wanted and can be had. */
export async function startKmsServers(options: { kmip?: boolean } = {}): Promise<KmsServers> {
  const wantsKmip = hasKmip && options.kmip !== false;
  const certificates = await makeCertificates(Object.values(hostsOf).flat());
  const [awsEndpoint, azureEndpoint, gcpEndpoint, kmip] = await Promise.all([
    startKmsEndpoint(certificates, answerAsAws),
    startKmsEndpoint(certificates, answerAsAzure),
    startKmsEndpoint(certificates, answerAsGcp),
    wantsKmip ? startPykmip(certificates) : undefined,
  ]);
  const clouds = { aws: awsEndpoint, azure: azureEndpoint, gcp: gcpEndpoint };
  const routes = new Map<string, number>();
  for (const name of ['aws', 'azure', 'gcp'] as const) {
    for (const host of hostsOf[name]) routes.set(host, Number(clouds[name].address.split(':')[1]));
  }
  const dialled: string[] = [];
  const tls = { tlsCAFile: certificates.caFile, tlsCertificateKeyFile: certificates.clientFile };
  const kmsProviders: KMSProviders = {
    local: { key: Buffer.alloc(96, 1) },
    aws: aws.credentials,
    azure: secondAzureClient,
    gcp: { email: gcp.email, privateKey: gcp.privateKey },
    ...(kmip && { kmip: { endpoint: kmip.address } }),
  };
  return {
    clouds,
    kmip,
    routes,
    dialled,
    options: {
      kmsProviders,
      tlsOptions: { aws: tls, azure: tls, gcp: tls, kmip: tls },
      kmsConnectCallback: ({ host, port }) => {
        dialled.push(`${host}:${String(port)}`);
        const route = port === 443 ? routes.get(host) : undefined;
        if (route !== undefined) return dial('127.0.0.1', route);
        // Nothing of a test leaves this machine; `.invalid` names nothing (RFC 2606).
        const isHarmless = host === 'localhost' || host === '127.0.0.1' || /\.invalid$/.test(host);
        if (!isHarmless) return Promise.reject(new Error(`No route to ${host}`));
        return dial(host, port);
      },
    },
    close: async () => {
      await Promise.all(Object.values(clouds).map((cloud) => cloud.close()));
      await kmip?.stop();
      await certificates.remove();
    },
  };
}
