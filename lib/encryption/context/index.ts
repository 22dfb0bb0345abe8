// Layer context: the door for `mongocrypt/`. Imports nothing above it.
export { Context, type Status } from './context.ts';
export { createDataKey, type DataKeyOptions, rewrapManyDataKey } from './data-key.ts';
export { decryptReply } from './decrypt.ts';
export { encryptCommand } from './encrypt.ts';
export type { Engine } from './engine.ts';
export {
  decryptExplicitly,
  encryptExplicitly,
  type ExplicitEncryptionOptions,
} from './explicit.ts';
export { SchemaStore } from './schema-store.ts';
export { ContextState } from './steps.ts';
