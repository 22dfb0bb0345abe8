// Test support: checks a request's signature as AWS does, by signing it again from the secret with AWS's own
// signer. Uses nothing of the code under test.
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { createHash } from 'node:crypto';
import type { ReceivedRequest } from './kms-endpoint.ts';

export interface AwsSecrets {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The access key id that a request states, or an empty string. */
export function statedAccessKeyId({ headers }: ReceivedRequest): string {
  return /Credential=([^/]+)\//.exec(headers['authorization'] ?? '')?.[1] ?? '';
}

/** Whether the request was signed for KMS in this region with these credentials, header by header. */
export async function isSignedBy(
  { headers, body, path, method }: ReceivedRequest,
  credentials: AwsSecrets,
  region: string,
): Promise<boolean> {
  const stated = headers['authorization'] ?? '';
  const names = (/SignedHeaders=([^,]+),/.exec(stated)?.[1] ?? '').split(';');
  const signer = new SignatureV4({
    credentials,
    region,
    service: 'kms',
    sha256: Sha256,
    applyChecksum: false,
    uriEscapePath: false,
  });
  // The signer takes a stated hash of the body as it is.
  const statedHash = headers['x-amz-content-sha256'];
  const hash = createHash('sha256').update(body).digest('hex');
  if (statedHash !== undefined && statedHash !== hash) return false;
  const date = (headers['x-amz-date'] ?? '').replace(
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
    '$1-$2-$3T$4:$5:$6Z',
  );
  const [hostname = ''] = (headers['host'] ?? '').split(':');
  const signed = await signer.sign(
    {
      method,
      protocol: 'https:',
      hostname,
      path,
      headers: Object.fromEntries(names.map((name) => [name, headers[name] ?? ''])),
      body,
    },
    { signingDate: new Date(date), signableHeaders: new Set(names), unsignableHeaders: new Set() },
  );
  return signed.headers['authorization'] === stated;
}
