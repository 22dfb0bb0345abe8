// Layer kms: AWS Signature Version 4 for a POST without query (AWS, "Create a signed AWS API request").
import { createHash, createHmac } from 'node:crypto';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface SignInput {
  readonly credentials: AwsCredentials;
  readonly region: string;
  readonly service: string;
  readonly path: string;
  /** All headers to sign, `X-Amz-Date` among them. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly date: Date;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();

/** `20260131T235959Z`, the value of `X-Amz-Date`. */
export function amzDate(date: Date): string {
  return date.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
}

/** The value of the header `Authorization`. */
export function authorization(input: SignInput): string {
  const { credentials, region, service, date } = input;
  const sorted = input.headers
    .map(([name, value]) => [name.toLowerCase(), value.trim().replaceAll(/ +/g, ' ')] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const signedHeaders = sorted.map(([name]) => name).join(';');
  const canonical = [
    'POST',
    input.path,
    '',
    ...sorted.map(([name, value]) => `${name}:${value}`),
    '',
    signedHeaders,
    sha256(input.body),
  ].join('\n');
  const day = amzDate(date).slice(0, 8);
  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', amzDate(date), scope, sha256(canonical)].join('\n');
  const keys = [day, region, service, 'aws4_request'];
  const signingKey = keys.reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  const signature = hmac(signingKey, toSign).toString('hex');
  const credential = `${credentials.accessKeyId}/${scope}`;
  return `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
}
