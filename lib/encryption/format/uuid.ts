// Layer format: key ids. 16 raw bytes in the order of BinData subtype 4, text only for people.
import { randomUUID } from 'node:crypto';

export const uuidLength = 16;

/** Text form, for messages and as a map key. Expects 16 bytes. */
export function formatUuid(id: Uint8Array): string {
  const hex = Buffer.from(id).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A fresh random (version 4) id. */
export function newUuid(): Buffer {
  return Buffer.from(randomUUID().replaceAll('-', ''), 'hex');
}
