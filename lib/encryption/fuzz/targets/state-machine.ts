// Fuzz target: the calls of a driver in any order, with any of the answers at any time. Each byte of the
// input is a call.
// Promise: no call throws; an error stays; nothing comes out before READY, and nothing in clear ever.
import { serialize } from 'bson';
import {
  Context,
  ContextState,
  createDataKey,
  decryptReply,
  encryptCommand,
  encryptExplicitly,
  rewrapManyDataKey,
} from '../../context/index.ts';
import { encryptedSubtype } from '../../format/index.ts';
import { findBinaries } from '../../bytes/index.ts';
import { KmsProviders } from '../../kms/index.ts';
import { promise } from '../breach.ts';
import {
  canary,
  database,
  keyDocument,
  keyId,
  localMasterKey,
  newEngine,
  otherKeyDocument,
  patientSchema,
} from '../fixtures.ts';
import { httpReply } from '../kms-replies.ts';
import { readCorpus } from '../corpus.ts';
import type { Target, Verdict } from '../target.ts';

const command = serialize({ insert: 'patients', documents: [{ ssn: canary }] });
const message = serialize({ v: canary });
const algorithm = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';
const sealedReply = (): Uint8Array =>
  readCorpus('reply').find(({ file }) => file === 'seed-find.bin')?.bytes ?? Buffer.alloc(0);
const aws = serialize({ provider: 'aws', region: 'r', key: 'k' });
const onDemand = (): ReturnType<typeof newEngine> => ({
  ...newEngine(),
  kmsProviders: new KmsProviders(serialize({ local: { key: localMasterKey }, aws: {} })),
});

/** Whether the output must hide the canary, must hold no ciphertext, or depends on the server's schema. */
type Output = 'sealed' | 'opened' | 'either';

const starts: readonly (readonly [output: Output, start: () => Context])[] = [
  ['sealed', () => new Context(encryptCommand(newEngine(), database, command))],
  ['either', () => new Context(encryptCommand(newEngine({}), database, command))],
  [
    'sealed',
    () =>
      new Context(
        encryptExplicitly(newEngine(), message, { keyId, algorithm, expressionMode: false }),
      ),
  ],
  ['opened', () => new Context(decryptReply(newEngine(), sealedReply()))],
  ['sealed', () => new Context(createDataKey(onDemand(), aws, {}))],
  ['sealed', () => new Context(rewrapManyDataKey(onDemand(), serialize({}), aws))],
];

const collection = serialize({
  name: 'patients',
  type: 'collection',
  options: { validator: { $jsonSchema: patientSchema } },
});
const answers: readonly Uint8Array[] = [
  keyDocument,
  otherKeyDocument,
  collection,
  serialize({ v: [] }),
  Buffer.alloc(0),
];
const credentials = serialize({ aws: { accessKeyId: 'id', secretAccessKey: canary } });
const kmsReplies: readonly Buffer[] = [
  httpReply(200, { CiphertextBlob: 'AQID' }),
  httpReply(503, {}),
  Buffer.from('HTTP/1.1'),
];

type Call = (context: Context, choice: number) => Uint8Array | undefined;

const calls: readonly Call[] = [
  (context) => {
    context.nextMongoOperation();
    return undefined;
  },
  (context, choice) => {
    context.addMongoOperationResponse(answers[choice % answers.length] ?? Buffer.alloc(0));
    return undefined;
  },
  (context) => {
    context.finishMongoOperation();
    return undefined;
  },
  (context, choice) => {
    const reply = kmsReplies[choice % kmsReplies.length] ?? Buffer.alloc(0);
    context.nextKMSRequest()?.addResponse(reply);
    return undefined;
  },
  (context) => {
    context.finishKMSRequests();
    return undefined;
  },
  (context) => {
    context.provideKMSProviders(credentials);
    return undefined;
  },
  (context) => context.finalize(),
];

const states: ReadonlySet<number> = new Set(Object.values(ContextState));

function requireNoCanary(output: Uint8Array): void {
  promise(!Buffer.from(output).includes(canary), 'The output holds a secret in clear');
}

export const stateMachine: Target = {
  name: 'state-machine',
  shape: 'bytes',
  words: ['\u0001\u0002\u0006', '\u0005\u0003\u0004\u0006'],
  run(input) {
    const [expected, start] = starts[(input[0] ?? 0) % starts.length] ?? [
      'either',
      () => undefined,
    ];
    const context = start();
    if (!context) return 'refused';
    let verdict: Verdict = 'refused';
    for (const byte of input.subarray(1, 65)) {
      const before = context.state;
      const output = calls[byte % calls.length]?.(context, byte >> 3);
      const after = context.state;
      promise(states.has(after), 'A state that nobody knows');
      const failed = after === ContextState.MONGOCRYPT_CTX_ERROR;
      promise(failed || before !== ContextState.MONGOCRYPT_CTX_ERROR, 'An error is forgotten');
      promise(
        failed === (context.status.type === 1),
        'The status does not say what the state does',
      );
      promise(!context.status.message?.includes(canary), 'An error tells a secret');
      if (!output || output.byteLength === 0) continue;
      const wasReady = before === ContextState.MONGOCRYPT_CTX_READY;
      promise(wasReady && !failed, 'Something comes out before it is ready');
      if (expected === 'sealed') requireNoCanary(output);
      if (expected === 'opened') {
        promise(findBinaries(output, encryptedSubtype).length === 0, 'A ciphertext is passed on');
      }
      verdict = 'accepted';
    }
    return verdict;
  },
};
