// Fuzz target: commands, through query analysis and through the whole encryption context.
// Promise: refused, or no constant of an encrypted field is in it any more, but for ciphertext.
import { serialize } from 'bson';
import { analyseCommand, compileSchema, type EncryptionSchema } from '../../analysis/index.ts';
import { findBinaries } from '../../bytes/index.ts';
import { encryptCommand } from '../../context/index.ts';
import { encryptedSubtype, markingBlobType, parseMarking } from '../../format/index.ts';
import { attempt, promise, requireSilence } from '../breach.ts';
import {
  canary,
  canarySecret,
  database,
  keySecrets,
  namespace,
  newEngine,
  patientSchema,
  patternSchema,
} from '../fixtures.ts';
import { canaryIsPrivate, leakedPath } from '../leaks.ts';
import type { Target } from '../target.ts';
import { turn } from '../turn.ts';

const compiled = (schema: object, name: string): EncryptionSchema =>
  compileSchema(serialize(schema), 'local', name);

const catalogs: readonly ReadonlyMap<string, EncryptionSchema>[] = [
  new Map([[namespace, compiled(patientSchema, namespace)]]),
  new Map([
    [namespace, compiled(patientSchema, namespace)],
    ['clinic.visits', compiled(patternSchema, 'clinic.visits')],
  ]),
];

function analyse(input: Buffer, catalog: ReadonlyMap<string, EncryptionSchema>): boolean {
  const analysed = attempt(() => analyseCommand(database, input, catalog));
  if (canaryIsPrivate(input)) requireSilence(analysed, canarySecret);
  if (!analysed.accepted) return false;
  const { command, hasPlaceholders } = analysed.result;
  promise(hasPlaceholders || command === input, 'A command without markings is changed');
  if (hasPlaceholders) {
    const markings = findBinaries(command, encryptedSubtype).filter(
      ({ data }) => data[0] === markingBlobType,
    );
    for (const { data } of markings) parseMarking(data);
    promise(markings.length > 0, 'A marking is announced and not there');
  }
  const leak = leakedPath(command);
  promise(leak === undefined, `An accepted command has ${canary} in clear at ${leak ?? ''}`);
  return true;
}

export const command: Target = {
  name: 'command',
  shape: 'bson',
  words: [
    ...['find', 'filter', 'insert', 'documents', 'update', 'updates', 'q', 'u', 'upsert', 'multi'],
    ...[
      'delete',
      'deletes',
      'limit',
      'aggregate',
      'pipeline',
      'cursor',
      'count',
      'query',
      'fields',
    ],
    ...['distinct', 'key', 'findAndModify', 'sort', 'projection', 'collation', 'locale', 'explain'],
    ...['create', 'validator', 'collMod', 'createIndexes', 'hint', 'let', 'comment', 'lsid'],
    ...['arrayFilters', 'new', 'remove', 'viewOn', 'partialFilterExpression', 'indexes', 'coll'],
    ...['$and', '$or', '$nor', '$not', '$eq', '$ne', '$in', '$nin', '$gt', '$exists', '$type'],
    ...['$expr', '$elemMatch', '$all', '$size', '$regex', '$where', '$jsonSchema', '$comment'],
    ...['$set', '$setOnInsert', '$unset', '$rename', '$inc', '$push', '$currentDate', '$literal'],
    ...['$match', '$project', '$addFields', '$group', '$lookup', '$unionWith', '$facet', '$out'],
    ...['$merge', '$graphLookup', '$unwind', '$replaceRoot', '$count', '$bucket', '$let', '$cond'],
    ...[
      'from',
      'localField',
      'foreignField',
      'as',
      'into',
      '$sort',
      '$limit',
      '$redact',
      '$switch',
    ],
    ...['ssn', 'name', 'last', 'name.last', 'visits', 'note', 'blob', '_id', 'keyName', 'a', '0'],
    ...['$', '$[]', '', '$db', 'patients', 'visits', '__proto__'],
  ],
  run(input) {
    const accepted = catalogs.map((catalog) => analyse(input, catalog));
    const encrypted = attempt(() => turn(encryptCommand(newEngine(), database, input)));
    requireSilence(encrypted, keySecrets);
    if (!encrypted.accepted) return 'refused';
    const leak = leakedPath(encrypted.result);
    promise(leak === undefined, `An encrypted command has ${canary} in clear at ${leak ?? ''}`);
    return accepted.includes(true) ? 'accepted' : 'refused';
  },
};
