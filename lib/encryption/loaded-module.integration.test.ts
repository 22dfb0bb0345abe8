// Which encryption module the driver has loaded: a suite that runs with two must know that it did.
import { createRequire } from 'node:module';
import { ClientEncryption } from 'mongodb';
import { expect, it } from 'vitest';

const isNative = process.env['ENCRYPTION_MODULE'] === 'native';

it(`the driver has loaded ${isNative ? 'the official addon' : 'this module'}`, () => {
  const version = ClientEncryption.libmongocryptVersion;
  expect(version).toMatch(isNative ? /^1\.21\.0$/ : /-medcomd$/);
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  expect(loaded.some((file) => file.endsWith('mongocrypt.node'))).toBe(isNative);
});
