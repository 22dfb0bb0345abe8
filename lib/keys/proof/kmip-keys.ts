// What the operator of a KMIP server does to a key behind the clinic's back, through PyKMIP's own client.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ClientFiles } from '@/lib/encryption/testing/certificates';
import { cacheDirectory } from '../../../peers/cache';
import type { Pykmip } from '../../../peers/pykmip';

const run = promisify(execFile);

const PROGRAM = `
import sys
from kmip.pie.client import ProxyKmipClient
from kmip.core.enums import RevocationReasonCode
port, ca, cert, key, action, uid = sys.argv[1:]
with ProxyKmipClient(hostname='127.0.0.1', port=int(port), ca=ca, cert=cert, key=key, ssl_version='PROTOCOL_TLS') as client:
    client.revoke(RevocationReasonCode.KEY_COMPROMISE, uid)
    if action == 'destroy':
        client.destroy(uid)
`;

/** Revokes the key as compromised; `destroy` destroys it then. */
export async function harmKey(
  server: Pykmip,
  caFile: string,
  client: ClientFiles,
  action: 'revoke' | 'destroy',
  keyId: string,
): Promise<void> {
  const python = join(cacheDirectory, 'pykmip', 'bin/python');
  const { cert, key } = client;
  await run(python, ['-c', PROGRAM, String(server.port), caFile, cert, key, action, keyId]);
}
