// Layer context: what all contexts of one MongoCrypt instance share.
import type { KeyCache } from '../keys/index.ts';
import type { KmsProviders } from '../kms/index.ts';
import type { SchemaStore } from './schema-store.ts';

export interface Engine {
  readonly kmsProviders: KmsProviders;
  readonly keyCache: KeyCache;
  readonly schemas: Pick<SchemaStore, 'get' | 'put' | 'forget'>;
  readonly bypassQueryAnalysis: boolean;
}
