// Encryption at rest, tests only: what a key officer does on a KMIP server beside this software: makes keys of other
// kinds, revokes and destroys them.
import {
  activate,
  ask,
  createKey,
  registerSecret,
  requireIdentifier,
} from '../../encryption/kms/kmip-messages.ts';
import { enumeration, integer, structure, text } from '../../encryption/kms/ttlv.ts';
import { withKmipServer } from './kmip-connection.ts';
import { fetchMasterKey } from './kmip-master-key.ts';
import type { KmipOptions } from './options.ts';

/** KMIP 1.0 §9.1.3.1 and §9.1.3.2.26. */
const Revoke = { operation: 0x13, reason: 0x420081, code: 0x420082, unspecified: 1 };
const DESTROY = 0x14;

function message(operation: number, identifier: string, ...more: Buffer[]): Buffer {
  return structure(
    0x420078,
    structure(
      0x420077,
      structure(0x420069, integer(0x42006a, 1), integer(0x42006b, 0)),
      integer(0x42000d, 1),
    ),
    structure(
      0x42000f,
      enumeration(0x42005c, operation),
      structure(0x420079, text(0x420094, identifier), ...more),
    ),
  );
}

function send(options: KmipOptions, request: Buffer) {
  return withKmipServer(options, (server) => server.run(ask('kmip', server.address, request)));
}

/** A key that exists, not active yet. */
export async function makeKey(options: KmipOptions): Promise<string> {
  return requireIdentifier(await send(options, createKey()), 'kmip');
}

/** Something that is no symmetric key, active. */
export async function makeSecret(options: KmipOptions): Promise<string> {
  const made = await send(options, registerSecret(Buffer.alloc(32, 7)));
  const identifier = requireIdentifier(made, 'kmip');
  await send(options, activate(identifier));
  return identifier;
}

export async function revoke(options: KmipOptions, identifier: string): Promise<void> {
  const reason = structure(Revoke.reason, enumeration(Revoke.code, Revoke.unspecified));
  await send(options, message(Revoke.operation, identifier, reason));
}

/** Only what is not active can be destroyed. */
export async function destroy(options: KmipOptions, identifier: string): Promise<void> {
  await revoke(options, identifier);
  await send(options, message(DESTROY, identifier));
}

/** True if the server gives the key to those who ask. */
export function isActive(options: KmipOptions, identifier: string): Promise<boolean> {
  return fetchMasterKey(options, identifier).then(
    () => true,
    () => false,
  );
}
