// Test support: what AWS's console does and the driver does not, as making a key and disabling it. Signed
// by AWS's own signer.
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { request } from 'node:https';
import { aws } from '../../testing/clouds.ts';

export interface KmsAdministrator {
  /** Makes a symmetric key and returns its ARN. */
  readonly createKey: () => Promise<string>;
  /** Any other action, as `DisableKey`. */
  readonly act: (action: string, body: object) => Promise<Record<string, unknown>>;
  /** moto's own: every key of the server is gone. */
  readonly forgetEverything: () => Promise<void>;
}

/** An administrator at `host:port`, whose certificate the authority `ca` (PEM) vouches for. */
export function kmsAdministrator(address: string, ca: string): KmsAdministrator {
  const [hostname = '', port] = address.split(':');
  const { credentials, region } = aws;
  const signer = new SignatureV4({ credentials, region, service: 'kms', sha256: Sha256 });
  const act = async (action: string, content: object): Promise<Record<string, unknown>> => {
    const body = JSON.stringify(content);
    const { headers } = await signer.sign({
      method: 'POST',
      protocol: 'https:',
      hostname,
      path: '/',
      headers: {
        host: address,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `TrentService.${action}`,
      },
      body,
    });
    const { status, text } = await post({ hostname, port, ca, headers, path: '/' }, body);
    // The body of an administrator's request holds no key material.
    if (status !== 200) throw new Error(`${action} was answered with ${String(status)}: ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  };
  return {
    act,
    createKey: async () => {
      const { KeyMetadata } = await act('CreateKey', { Description: 'MedcoMD test' });
      return (KeyMetadata as { Arn: string }).Arn;
    },
    forgetEverything: async () => {
      const { status } = await post({ hostname, port, ca, path: '/moto-api/reset' }, '');
      if (status !== 200) throw new Error(`moto answered with ${String(status)}`);
    },
  };
}

function post(options: object, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, method: 'POST' }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, text });
      });
    });
    sent.once('error', reject).end(body);
  });
}
