// Layer mongocrypt: `cryptoCallbacks`, exported because the official package exports it.
// The engine does not use it: libmongocrypt calls such hooks when Node brings no usable OpenSSL.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSign,
  randomFillSync,
} from 'node:crypto';

type Hook<Inputs extends readonly Buffer[]> = (...buffers: [...Inputs, Buffer]) => number | Error;

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** Copies a result to the caller's output; the hooks report failure as a value, never a throw. */
function deliver(output: Buffer, compute: () => Buffer): number | Error {
  try {
    const result = compute();
    result.copy(output);
    return result.length;
  } catch (error) {
    return asError(error);
  }
}

function aesHook(
  create: typeof createCipheriv | typeof createDecipheriv,
  mode: 'aes-256-cbc' | 'aes-256-ctr',
): Hook<[key: Buffer, iv: Buffer, input: Buffer]> {
  return (key, iv, input, output) =>
    deliver(output, () => {
      const cipher = create(mode, key, iv).setAutoPadding(false);
      return Buffer.concat([cipher.update(input), cipher.final()]);
    });
}

function hmacHook(algorithm: 'sha256' | 'sha512'): Hook<[key: Buffer, input: Buffer]> {
  return (key, input, output) =>
    deliver(output, () => createHmac(algorithm, key).update(input).digest());
}

function randomHook(buffer: Buffer, count: number): number | Error {
  try {
    randomFillSync(buffer, 0, count);
    return count;
  } catch (error) {
    return asError(error);
  }
}

function sha256Hook(input: Buffer, output: Buffer): number | Error {
  return deliver(output, () => createHash('sha256').update(input).digest());
}

/** `key` is PKCS#8 in DER. */
function signRsaSha256Hook(key: Buffer, input: Buffer, output: Buffer): number | Error {
  return deliver(output, () => {
    const privateKey = `-----BEGIN PRIVATE KEY-----\n${key.toString('base64')}\n-----END PRIVATE KEY-----\n`;
    return createSign('sha256WithRSAEncryption').update(input).sign(privateKey);
  });
}

/** The hooks by the names of the official package. */
export const cryptoCallbacks = {
  randomHook,
  sha256Hook,
  signRsaSha256Hook,
  aes256CbcEncryptHook: aesHook(createCipheriv, 'aes-256-cbc'),
  aes256CbcDecryptHook: aesHook(createDecipheriv, 'aes-256-cbc'),
  aes256CtrEncryptHook: aesHook(createCipheriv, 'aes-256-ctr'),
  aes256CtrDecryptHook: aesHook(createDecipheriv, 'aes-256-ctr'),
  hmacSha512Hook: hmacHook('sha512'),
  hmacSha256Hook: hmacHook('sha256'),
};
