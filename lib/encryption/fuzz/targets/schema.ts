// Fuzz target: encryption schemas, as an application writes them and as a server sends them.
// Promise: a schema is compiled or refused, and what it then says about commands is said in order.
import { serialize } from 'bson';
import {
  analyseCommand,
  classifyCommand,
  compileSchema,
  type EncryptionSchema,
} from '../../analysis/index.ts';
import { encryptCommand } from '../../context/index.ts';
import { ContextState } from '../../context/steps.ts';
import { attempt, promise } from '../breach.ts';
import { canary, database, namespace, newEngine } from '../fixtures.ts';
import type { Target } from '../target.ts';
import { answerWithKeys, turn } from '../turn.ts';

/** A name on which a pattern that backtracks would never come back. */
const long = { [`${'s'.repeat(60)}!`]: 1 };

const commands = [
  {
    insert: 'patients',
    documents: [
      { ssn: canary, name: { first: 'a', last: canary }, keyName: 'patient-1', a: [1] },
      long,
    ],
  },
  { find: 'patients', filter: { ssn: canary, 'name.last': { $in: [canary] }, a: { $gt: 5 } } },
  { update: 'patients', updates: [{ q: { ssn: canary }, u: { $set: { 'name.last': canary } } }] },
].map((command) => serialize(command));

const words = [
  'bsonType',
  'type',
  'properties',
  'patternProperties',
  'additionalProperties',
  'encrypt',
  'encryptMetadata',
  'keyId',
  'algorithm',
  'required',
  'items',
  'anyOf',
  'not',
  'dependencies',
  'title',
  'enum',
  'ssn',
  'name',
  'last',
  '^s',
  '(s+)+$',
  '.*',
  '[',
  'a',
  '',
  '$a',
  '__proto__',
  'constructor',
];

function tryCommands(schema: EncryptionSchema): void {
  const known = new Map([[namespace, schema]]);
  for (const command of commands) {
    const analysed = attempt(() => analyseCommand(database, command, known));
    if (!analysed.accepted) continue;
    const unchanged = analysed.result.command === command;
    promise(unchanged === !analysed.result.hasPlaceholders, 'A plain command does not stay');
    promise(schema.encrypts || unchanged, 'A schema without encryption changes a command');
  }
}

export const schema: Target = {
  name: 'schema',
  shape: 'bson',
  words,
  run(input) {
    const local = attempt(() => compileSchema(input, 'local', namespace));
    const remote = attempt(() => compileSchema(input, 'remote', namespace));
    promise(remote.accepted || !local.accepted, 'A local schema is allowed more than a remote one');
    if (!remote.accepted) return 'refused';
    tryCommands(remote.result);
    if (local.accepted) {
      const encrypts = local.result.encrypts === remote.result.encrypts;
      promise(encrypts, 'A schema means something else from another origin');
    }
    return 'accepted';
  },
};

export const collectionInfo: Target = {
  name: 'collection-info',
  shape: 'bson',
  words: [
    ...words,
    'name',
    'type',
    'view',
    'collection',
    'options',
    'validator',
    '$jsonSchema',
    '$and',
    'encryptedFields',
    'patients',
  ],
  run(input) {
    let verdict: 'accepted' | 'refused' = 'refused';
    for (const command of commands) {
      const { namespaces } = classifyCommand(database, command);
      promise(namespaces.length === 1, 'A command has one collection');
      const encrypted = attempt(() =>
        turn(encryptCommand(newEngine({}), database, command), (need) =>
          need.state === ContextState.MONGOCRYPT_CTX_NEED_MONGO_COLLINFO
            ? [input]
            : answerWithKeys(need),
        ),
      );
      if (encrypted.accepted) verdict = 'accepted';
    }
    return verdict;
  },
};
