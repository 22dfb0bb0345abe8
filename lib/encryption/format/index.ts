// Layer format: the door for the layers above. Imports nothing above it.
export {
  type Algorithm,
  algorithmNames,
  encryptedSubtype,
  requireEncryptable,
} from './algorithms.ts';
export {
  type BsonValue,
  type Ciphertext,
  decryptValue,
  encryptValue,
  isQueryable,
  parseCiphertext,
} from './ciphertext.ts';
export {
  type KeyDocument,
  parseKeyDocument,
  readProvider,
  requireDistinctAltNames,
  serializeKeyDocument,
} from './key-document.ts';
export {
  type KeyReference,
  type Marking,
  markingBlobType,
  parseMarking,
  serializeMarking,
} from './marking.ts';
export { formatUuid, newUuid, uuidLength } from './uuid.ts';
