// What libmongocrypt said to each KMS, and when; origin in SOURCES.md. With the clock at that time this
// module says the same, and makes of the same answers the same keys.
import { createPrivateKey, createPublicKey, createVerify } from 'node:crypto';
import { deserialize, serialize } from 'bson';
import { describe, expect, it } from 'vitest';
import { parseKeyDocument, readProvider } from '../format/index.ts';
import { KmsProviders, type KmsOutcome, type KmsRequest } from '../kms/index.ts';
import { Tag } from '../kms/kmip-messages.ts';
import { decode, find } from '../kms/ttlv.ts';
import vectors from './kms.json' with { type: 'json' };

type Transcript = (typeof vectors.transcripts)[number];
type Exchange = Transcript['wrapping'][number];

const hex = (text: string) => Buffer.from(text, 'hex');
const dataKey = hex(vectors.dataKey);
const der = Buffer.from(vectors.privateKey, 'base64');
const publicKey = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));

/** A JWT read and verified. libmongocrypt pads its base64url and spaces its JSON; neither has a meaning. */
function claimsOf(jwt: string): object {
  const [header = '', claims = '', signature = ''] = jwt.split('.');
  const isSigned = createVerify('RSA-SHA256')
    .update(`${header}.${claims}`)
    .verify(publicKey, signature, 'base64url');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object;
  return { isSigned, header: read(header), claims: read(claims) };
}

/** RFC 7515 leaves the padding of base64url out, libmongocrypt does not; for base64 it is the rule. */
function withoutPadding(body: string): object {
  const { value, ...others } = JSON.parse(body) as { value?: string };
  return value === undefined ? others : { ...others, value: value.replace(/=+$/, '') };
}

/** A message without what HTTP leaves open: case and order of headers, white space around them. */
function parse(message: string): object {
  const [head = '', body = ''] = message.split('\r\n\r\n');
  const [line, ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((each) => {
      const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(each) ?? [];
      return [name.toLowerCase(), value];
    }),
  );
  // AWS signs its body and its length; for the others their spelling is free.
  if ('authorization' in headers && 'x-amz-date' in headers) return { line, headers, body };
  const { 'content-length': length, ...others } = headers;
  expect(Number(length)).toBe(Buffer.byteLength(body));
  const isForm = headers['content-type'] === 'application/x-www-form-urlencoded';
  if (!isForm) return { line, headers: others, body: withoutPadding(body) };
  const { assertion, ...fields } = Object.fromEntries(new URLSearchParams(body));
  const jwt = assertion === undefined ? {} : { assertion: claimsOf(assertion) };
  return { line, headers: others, body: { ...fields, ...jwt } };
}

/** A KMIP message in hexadecimal, with zeroes for the 96 bytes of chance in a Register. */
function withoutSecret(message: Buffer): string {
  const path = [Tag.requestPayload, Tag.secretData, Tag.keyBlock, Tag.keyValue, Tag.keyMaterial];
  const copy = Buffer.from(message);
  find(decode(copy), Tag.batchItem, ...path)?.value.fill(0);
  return copy.toString('hex');
}

function expectSame(request: KmsRequest, theirs: Exchange): void {
  expect(request.endpoint).toBe(theirs.endpoint);
  if (theirs.message.startsWith('POST')) {
    expect(parse(request.message.toString())).toEqual(parse(theirs.message));
  } else {
    expect(withoutSecret(request.message)).toBe(withoutSecret(hex(theirs.message)));
  }
}

/** Says what it says, is answered what libmongocrypt was answered; the result, and how many exchanges are left. */
function replay(outcome: KmsOutcome, exchanges: Exchange[]): Buffer {
  if (Buffer.isBuffer(outcome)) return outcome;
  for (;;) {
    const step = outcome.next();
    if (step.done === true) return step.value;
    const exchange = exchanges.shift();
    if (!exchange) throw new TypeError('Expected no more messages');
    expectSame(step.value, exchange);
    const isText = exchange.message.startsWith('POST');
    step.value.addResponse(isText ? Buffer.from(exchange.reply) : hex(exchange.reply));
    expect(step.value.bytesNeeded).toBe(0);
  }
}

/** Every provider anew: no token of another transcript is in its cache. */
function makeProvider({ provider, kmsProvider, now }: Transcript) {
  const options: Record<string, unknown> = { ...kmsProvider };
  return new KmsProviders(serialize({ [provider]: options }), () => now).get(provider);
}

describe.each(vectors.transcripts)('$provider, master key $masterKey', (transcript) => {
  const { provider, masterKey, keyDocument } = transcript;

  it('is asked the same to wrap a data key', () => {
    const exchanges = [...transcript.wrapping];
    const kms = makeProvider(transcript);
    const stored = replay(kms.masterKey(serialize({ provider, ...masterKey })), exchanges);
    const material = replay(kms.wrap(dataKey, stored), exchanges);
    expect(exchanges).toEqual([]);
    expect(deserialize(stored)).toEqual(transcript.storedMasterKey);
    // What a KMS wraps is stored as it came. A plain KMIP key wraps here, under an IV of chance: that one
    // is opened instead.
    const isWrappedHere = provider === 'kmip' && !('delegated' in masterKey);
    const [got, expected] = isWrappedHere
      ? [
          replay(makeProvider(transcript).unwrap(material, stored), [...transcript.unwrapping]),
          dataKey,
        ]
      : [material, hex(transcript.keyMaterial)];
    expect(got).toEqual(expected);
  });

  it('is asked the same to unwrap it, and gives the same data key', () => {
    const exchanges = [...transcript.unwrapping];
    const key = parseKeyDocument(hex(keyDocument));
    expect(readProvider(key.masterKey)).toBe(provider);
    const kms = makeProvider(transcript);
    expect(replay(kms.unwrap(key.keyMaterial, key.masterKey), exchanges)).toEqual(dataKey);
    expect(exchanges).toEqual([]);
  });
});
