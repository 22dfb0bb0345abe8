// Fuzz target: HTTP replies of AWS, Azure and GCP: status lines, headers, chunks, JSON, base64.
// Promise: bytes or an error, the same however the reply is cut, and no token or key in the error.
import { serialize } from 'bson';
import { KmsProviders } from '../../kms/index.ts';
import { type Attempt, attempt, promise, requireSilence } from '../breach.ts';
import { canary, dataKey, fixedBytes } from '../fixtures.ts';
import { converse, httpReply } from '../kms-replies.ts';
import type { Target } from '../target.ts';

const token = `token-${canary}`;
const secrets = [Buffer.from(canary), dataKey];
const keyMaterial = fixedBytes('wrapped', 160);

/** With a fresh cache of tokens. */
const newProviders = (): KmsProviders =>
  new KmsProviders(
    serialize({
      aws: { accessKeyId: 'id', secretAccessKey: 'secret' },
      azure: { tenantId: 't', clientId: 'c', clientSecret: canary },
      gcp: { accessToken: token },
    }),
    () => 0,
  );
const providers = newProviders();
const masterKeys = {
  aws: serialize({ provider: 'aws', region: 'r', key: 'k' }),
  azure: serialize({ provider: 'azure', keyVaultEndpoint: 'v.vault.test', keyName: 'k' }),
  gcp: serialize({ provider: 'gcp', projectId: 'p', location: 'l', keyRing: 'r', keyName: 'k' }),
};
const tokenReply = httpReply(200, { access_token: token, expires_in: 3599 });
const wrappedReply = httpReply(200, { value: fixedBytes('wrapped', 48).toString('base64url') });

/** Every place where a reply is read; the azure ones before and after the token. */
const conversations: readonly ((reply: Buffer, piece: number) => Buffer)[] = [
  (reply, piece) =>
    converse(providers.get('aws').unwrap(keyMaterial, masterKeys.aws), [reply], piece),
  (reply, piece) => converse(providers.get('aws').wrap(dataKey, masterKeys.aws), [reply], piece),
  (reply, piece) => {
    const outcome = newProviders().get('azure').unwrap(keyMaterial, masterKeys.azure);
    return converse(outcome, [reply, wrappedReply], piece);
  },
  (reply, piece) => {
    const outcome = newProviders().get('azure').unwrap(keyMaterial, masterKeys.azure);
    return converse(outcome, [tokenReply, reply], piece);
  },
  (reply, piece) =>
    converse(providers.get('gcp').unwrap(keyMaterial, masterKeys.gcp), [reply], piece),
];

// What a KMS says about its error is shown; only then the secret may be in it.
const saidInError = /"(?:message|Message|error|error_description|__type|code|status)"/;

const outcomeOf = (outcome: Attempt<Buffer>): string =>
  outcome.accepted ? outcome.result.toString('hex') : outcome.error.message;

export const kmsHttp: Target = {
  name: 'kms-http',
  shape: 'bytes',
  words: [
    ...['HTTP/1.1 200 OK\r\n', 'HTTP/1.1 503 Busy\r\n', '\r\n', '\r\n\r\n', 'Content-Length: '],
    ...['Transfer-Encoding: chunked\r\n', '0\r\n\r\n', 'ffffff\r\n', '"', '{', '}', '[', ':', '\\'],
    ...['"Plaintext":', '"CiphertextBlob":', '"value":', '"plaintext":', '"access_token":'],
    ...['"expires_in":', '"error":', '"message":', '1e999', '-1', 'null', '\\u0000', '=='],
  ],
  run(input) {
    const piece = 1 + (input.length % 13);
    const hidden = saidInError.test(input.toString('latin1')) ? [] : secrets;
    const verdicts = conversations.map((run) => {
      const whole = attempt(() => run(input, 0));
      const cut = attempt(() => run(input, piece));
      promise(outcomeOf(whole) === outcomeOf(cut), 'A reply in pieces is read as another one');
      requireSilence(whole, hidden);
      if (whole.accepted) promise(whole.result.length > 0, 'Nothing is taken for a key');
      return whole.accepted;
    });
    return verdicts.includes(true) ? 'accepted' : 'refused';
  },
};
