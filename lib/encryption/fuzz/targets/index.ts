// Fuzz targets: one per parser, in the order in which they are run.
import type { Target } from '../target.ts';
import { bson } from './bson.ts';
import { ciphertext, reply } from './ciphertext.ts';
import { command } from './command.ts';
import { keyDocument } from './key-document.ts';
import { kmip } from './kmip.ts';
import { kmsHttp } from './kms-http.ts';
import { marking } from './marking.ts';
import { options } from './options.ts';
import { collectionInfo, schema } from './schema.ts';
import { stateMachine } from './state-machine.ts';

export const targets: readonly Target[] = [
  bson,
  marking,
  ciphertext,
  reply,
  keyDocument,
  schema,
  collectionInfo,
  command,
  options,
  kmsHttp,
  kmip,
  stateMachine,
];

/** The target of a name. Throws RangeError, with the names there are. */
export function findTarget(name: string): Target {
  const target = targets.find((each) => each.name === name);
  if (target) return target;
  const names = targets.map((each) => each.name).join(', ');
  throw new RangeError(`Expected one of the targets ${names}, got ${name}`);
}
