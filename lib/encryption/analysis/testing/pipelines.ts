// Test inputs of layer analysis: collections with different schemas and keys, and what is known about a
// path after some stages, found out by matching it.
import { type Document, Int32, Long } from 'bson';
import {
  analysed,
  database,
  deterministic,
  Marked,
  otherKey,
  random,
  schemas,
  sharedKey,
} from './inputs.ts';

const det = (bsonType: string, keyId = sharedKey) => ({
  encrypt: { bsonType, algorithm: deterministic, keyId: [keyId] },
});
const rnd = (bsonType?: string) => ({
  encrypt: { algorithm: random, keyId: [sharedKey], ...(bsonType ? { bsonType } : {}) },
});

/** `ssn` and `twin` are alike; `other` differs by its key, `long` by its type. */
const people: Document = {
  bsonType: 'object',
  properties: {
    ssn: det('int'),
    twin: det('int'),
    other: det('int', otherKey),
    long: det('long'),
    nick: det('string'),
    nickTwin: det('string'),
    secret: rnd('string'),
    secretTwin: rnd('string'),
    history: rnd('array'),
    box: { bsonType: 'object', properties: { ssn: det('int'), other: det('int', otherKey) } },
    chest: { bsonType: 'object', properties: { ssn: det('int'), secret: rnd('string') } },
  },
  patternProperties: { '^tag_': det('string') },
};

/** `ssn` has the name of another field of `people`; `patient` has the metadata of its `ssn`. */
const visits: Document = {
  bsonType: 'object',
  properties: {
    patient: det('int'),
    patientOther: det('int', otherKey),
    ssn: det('string'),
    other: det('int', otherKey),
    nick: det('string'),
    note: rnd('string'),
    box: { bsonType: 'object', properties: { ssn: det('int') } },
  },
};

export const clinic = new Map([
  ...[...schemas(people)].map(([, schema]) => [`${database}.people`, schema] as const),
  ...[...schemas(visits)].map(([, schema]) => [`${database}.visits`, schema] as const),
]);

/** The pipeline as it is sent, on `people` unless said otherwise; `open` has no schema. */
export function rewritten(pipeline: readonly unknown[], collection = 'people'): unknown {
  const command = { aggregate: collection, pipeline: [...pipeline], cursor: {} };
  return (analysed(command, clinic) as Document)['pipeline'];
}

/** The `$expr` as it is sent. */
export function rewrittenExpression(expression: unknown): unknown {
  const [stage] = rewritten([{ $match: { $expr: expression } }]) as [Document];
  return (stage['$match'] as Document)['$expr'];
}

const constants = { int: new Int32(5), long: new Long(6), string: 'text' };

/**
 * What is known about a path behind some stages: `int A` for Deterministic with the first key, `plain`,
 * `random`, or `refused` for a path that cannot be compared.
 */
export function known(stages: readonly unknown[], path: string, collection = 'people'): string {
  for (const [type, constant] of Object.entries(constants)) {
    try {
      const sent = rewritten([...stages, { $match: { [path]: constant } }], collection);
      const last = (sent as { $match: Document }[]).at(-1)?.$match[path] as unknown;
      if (!(last instanceof Marked)) return 'plain';
      return `${type} ${last.key === '11' ? 'A' : 'B'}`;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (error.message.includes('randomized encryption')) return 'random';
      if (!error.message.includes('Cannot encrypt element of type')) return 'refused';
    }
  }
  return 'none of these types';
}
