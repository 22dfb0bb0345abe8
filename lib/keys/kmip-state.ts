// The state of a key on a KMIP server (KMIP 1.2 §3.22). A server still hands out a key that was revoked, and CSFLE's
// messages never ask, so whoever is about to put every data key under one asks first.
import 'server-only';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { ask, getAttribute, readKeyState } from '@/lib/encryption/kms/kmip-messages';
import { kmsOptions } from './kms';

const UNUSABLE: readonly string[] = [
  'Deactivated',
  'Compromised',
  'Destroyed',
  'Destroyed Compromised',
];
const PATIENCE_MS = 10_000;

/** Whether a key in this state must not wrap anything any more. */
export function isUnusable(state: string): boolean {
  return UNUSABLE.includes(state);
}

/**
 * Asks the first configured server that accepts a connection. Rejects with the encryption module's KmsError if the server
 * refuses, and with an Error if the connection fails.
 */
export async function stateOnKmipServer(keyId: string): Promise<string> {
  const { kmsProviders, tlsOptions, kmsConnectCallback } = kmsOptions();
  const [host = '', port = '5696'] = (kmsProviders.kmip?.endpoint ?? '').split(':');
  const secureContext = tlsOptions?.kmip?.secureContext;
  if (kmsConnectCallback === undefined || secureContext === undefined) {
    throw new Error('The KMS provider `kmip` is not configured');
  }
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const raw = await kmsConnectCallback({ host, port: Number(port), signal });
  const servername = isIP(host) ? {} : { servername: host };
  const socket = connect({ socket: raw, host, ...servername, secureContext });
  try {
    await once(socket, 'secureConnect', { signal });
    const conversation = ask('kmip', host, getAttribute(keyId, 'State'));
    let step = conversation.next();
    while (step.done !== true) {
      const request = step.value;
      socket.write(request.message);
      while (request.bytesNeeded > 0) {
        const [chunk] = (await once(socket, 'data', { signal })) as [Buffer];
        request.addResponse(chunk);
      }
      step = conversation.next();
    }
    return readKeyState(step.value);
  } finally {
    socket.destroy();
  }
}
