// Layer analysis: the door for the layers above. Schema parser and query analysis, on BSON bytes.
// Imports bytes, format and errors only; knows nothing about keys, contexts or the driver.
export { analyseCommand, type AnalysedCommand } from './analyse.ts';
export { classifyCommand, type ClassifiedCommand } from './classify.ts';
export { AnalysisError, type AnalysisErrorCode } from './errors.ts';
export { compileSchema, type EncryptionSchema, type SchemaOrigin } from './schema/compile.ts';
