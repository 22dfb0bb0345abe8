// Layer bytes: the door for the layers above. Imports nothing above it.
export { findBinaries, spliceBinaries, type BinarySlot, type Splice } from './binaries.ts';
export { BsonType, isBsonType, typeName, type BsonTypeName } from './bson-type.ts';
export {
  decodeUtf8,
  elements,
  getElement,
  maxDepth,
  requireDepth,
  requireValue,
  type Element,
} from './elements.ts';
export {
  readBinary,
  readBool,
  readDocument,
  readDouble,
  readInt32,
  readInt64,
  readString,
  type BinaryValue,
} from './readers.ts';
export {
  DocumentWriter,
  encodeArray,
  encodeBinary,
  encodeBool,
  encodeDate,
  encodeDouble,
  encodeInt32,
  encodeInt64,
  encodeString,
  noValue,
} from './writer.ts';
