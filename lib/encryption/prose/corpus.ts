// Prose test 6: one field for every way to encrypt every BSON value: type, algorithm, KMS provider,
// automatic or explicit, key by id or by alt name. Whether a way is allowed is written down here by
// hand, as in the specification; the module's own tables are not asked.
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID,
} from 'mongodb';
import type { ProviderName } from '../testing/kms-servers.ts';
import { deterministic, random } from './setting.ts';

export interface CorpusField {
  readonly kms: ProviderName;
  readonly type: string;
  readonly algo: 'rand' | 'det';
  readonly method: 'auto' | 'explicit';
  readonly identifier: 'id' | 'altname';
  readonly allowed: boolean;
  readonly value: unknown;
}

const objectId = new ObjectId('5f4dcc3b5aa765d61d8327de');

/** Every type that a JavaScript client can write; dbPointer and undefined it cannot. */
const values: readonly (readonly [type: string, ...values: unknown[]])[] = [
  ['double', new Double(-0.25), new Double(3)],
  ['string', 'Größe 🩺', ''],
  ['object', { inner: new Int32(1), more: { deep: 'x' } }, {}],
  ['array', [new Int32(1), 'two', [new Double(3)]], []],
  ['binData', new Binary(Buffer.from('bytes')), new UUID('00112233-4455-6677-8899-aabbccddeeff')],
  ['objectId', objectId],
  ['bool', true, false],
  ['date', new Date(-1), new Date('2026-02-03T04:05:06.789Z')],
  ['null', null],
  ['regex', new BSONRegExp('^pat', 'im')],
  ['javascript', new Code('return 1')],
  ['symbol', new BSONSymbol('old')],
  ['javascriptWithScope', new Code('return x', { x: new Int32(1) })],
  ['int', new Int32(-2_147_483_648), new Int32(7)],
  ['timestamp', new Timestamp({ t: 1_700_000_000, i: 3 })],
  ['long', Long.MIN_VALUE, Long.fromNumber(7)],
  ['decimal', Decimal128.fromString('1.10')],
  ['minKey', new MinKey()],
  ['maxKey', new MaxKey()],
];

const never = ['null', 'minKey', 'maxKey', 'undefined'];
const neverDeterministic = ['double', 'decimal', 'bool', 'object', 'array', 'javascriptWithScope'];

function isAllowed(field: Omit<CorpusField, 'allowed' | 'value'>): boolean {
  if (never.includes(field.type)) return false;
  if (field.algo === 'rand') return true;
  // An alt name in a schema is a JSON pointer: the key would depend on the document.
  const hasPointer = field.method === 'auto' && field.identifier === 'altname';
  return !neverDeterministic.includes(field.type) && !hasPointer;
}

/** All fields by name, for these providers. */
export function makeCorpus(providers: readonly ProviderName[]): Map<string, CorpusField> {
  const fields = new Map<string, CorpusField>();
  for (const kms of providers) {
    for (const [type, ...each] of values) {
      for (const algo of ['rand', 'det'] as const) {
        for (const method of ['auto', 'explicit'] as const) {
          for (const identifier of ['id', 'altname'] as const) {
            each.forEach((value, index) => {
              const way = { kms, type, algo, method, identifier };
              const name = [kms, type, algo, method, identifier, index].join('_');
              fields.set(name, { ...way, allowed: isAllowed(way), value });
            });
          }
        }
      }
    }
  }
  return fields;
}

/** The id of a provider's data key: its name, padded. */
export function corpusKeyId(kms: ProviderName): UUID {
  const bytes = Buffer.alloc(16);
  bytes.write(kms);
  return new UUID(bytes);
}

export function algorithmOf({ algo }: CorpusField): typeof random | typeof deterministic {
  return algo === 'rand' ? random : deterministic;
}

/** The `encrypt` of a field that is encrypted automatically. */
export function encryptOf(field: CorpusField): object {
  const keyId = field.identifier === 'id' ? [corpusKeyId(field.kms)] : `/altname_${field.kms}`;
  return { encrypt: { keyId, algorithm: algorithmOf(field), bsonType: field.type } };
}
