// The package's door: exactly the names that mongodb-client-encryption 7.2 exports.
// Loaded by the driver's `require`, so there is no top-level await in this module or below.
export { cryptoCallbacks } from './mongocrypt/crypto-callbacks.ts';
export { MongoCrypt } from './mongocrypt/mongocrypt.ts';
export { MongoCryptContext } from './mongocrypt/mongocrypt-context.ts';
export type {
  ExplicitEncryptionContextOptions,
  MongoCryptKMSRequest,
  MongoCryptOptions,
} from './mongocrypt/types.ts';
