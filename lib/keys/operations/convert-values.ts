// The encrypted fields of a patient as BSON bytes, so that what is encrypted again is what was decrypted: an int32
// stays an int32, a double that happens to be whole stays a double. Knows nothing of keys.
import { Binary, BSON, type Document, type ObjectId } from 'mongodb';

/** Those under the shared key, and those under the patient's own. */
export const SHARED_FIELDS = ['ssn', 'insurance.policyNumber'] as const;
export const OWN_FIELDS = ['bloodType', 'medicalRecords', 'alerts', 'integrity'] as const;

export type SharedField = (typeof SHARED_FIELDS)[number];
export type OwnField = (typeof OWN_FIELDS)[number];
export type EncryptedField = SharedField | OwnField;

/** What decrypts to a record. */
export interface ClearRecord {
  readonly _id: ObjectId;
  readonly keyAltName: string;
  readonly revision: number;
  /** Those of the encrypted fields that the document has: `{ v: value }`, serialized. */
  readonly fields: ReadonlyMap<EncryptedField, Uint8Array>;
}

const DOCUMENT = 3;
const EXACT = {
  promoteValues: false,
  promoteLongs: false,
  promoteBuffers: false,
  bsonRegExp: true,
} as const;

const TOP_FIELDS = [SHARED_FIELDS[0], ...OWN_FIELDS] as const;

function isTopField(name: string): name is (typeof TOP_FIELDS)[number] {
  return TOP_FIELDS.some((field) => field === name);
}

/** Reads a document that a decrypting client handed out as bytes (`raw`). */
export function readClearRecord(bytes: Uint8Array): ClearRecord {
  const fields = new Map<EncryptedField, Uint8Array>();
  const clear: Record<string, Uint8Array> = {};
  for (const { name, type, value } of elements(bytes)) {
    if (name === 'insurance' && type === DOCUMENT) {
      for (const inner of elements(value)) {
        if (inner.name === 'policyNumber') {
          fields.set('insurance.policyNumber', boxed(inner.type, inner.value));
        }
      }
    } else if (isTopField(name)) {
      fields.set(name, boxed(type, value));
    } else if (name === '_id' || name === 'keyAltName' || name === 'revision') {
      clear[name] = boxed(type, value);
    }
  }
  const plain = (name: string): unknown => {
    const box = clear[name];
    return box === undefined ? undefined : BSON.deserialize(box)['v'];
  };
  const { _id, keyAltName, revision } = {
    _id: plain('_id'),
    keyAltName: plain('keyAltName'),
    revision: plain('revision'),
  } as Pick<ClearRecord, '_id' | 'keyAltName' | 'revision'>;
  return { _id, keyAltName, revision, fields };
}

/**
 * The value to hand to `encrypt`, which serializes it. Null if that would not give the same bytes again (`undefined`
 * inside a visit, a name that occurs twice): such a value must not be written anew.
 */
export function exactValue(box: Uint8Array): { value: unknown } | null {
  const document: Document = BSON.deserialize(box, EXACT);
  const again = BSON.serialize({ v: document['v'] as unknown });
  return Buffer.from(again).equals(box) ? { value: document['v'] as unknown } : null;
}

/** Whether two records hold the same encrypted fields with the same bytes. */
export function isSameClear(one: ClearRecord, other: ClearRecord): boolean {
  if (one.fields.size !== other.fields.size) return false;
  return [...one.fields].every(([name, box]) => {
    const found = other.fields.get(name);
    return found !== undefined && Buffer.from(found).equals(box);
  });
}

/** The id of the data key that a ciphertext was made with, in hexadecimal; null if this is no ciphertext. */
export function keyIdOf(value: unknown): string | null {
  if (!(value instanceof Binary) || value.sub_type !== Binary.SUBTYPE_ENCRYPTED) return null;
  const blob = value.value();
  const isCsfle = blob[0] === 1 || blob[0] === 2;
  return isCsfle && blob.length > 17 ? Buffer.from(blob.subarray(1, 17)).toString('hex') : null;
}

interface Element {
  name: string;
  type: number;
  value: Uint8Array;
}

function* elements(bytes: Uint8Array): Generator<Element> {
  for (const [type, nameAt, nameLength, at, length] of BSON.onDemand.parseToElements(bytes)) {
    const name = Buffer.from(bytes.subarray(nameAt, nameAt + nameLength)).toString('utf8');
    yield { name, type, value: bytes.subarray(at, at + length) };
  }
}

/** `{ v: value }`: a copy, so that the reply it came from can go. */
function boxed(type: number, value: Uint8Array): Uint8Array {
  const box = Buffer.alloc(4 + 1 + 2 + value.length + 1);
  box.writeInt32LE(box.length, 0);
  box.writeUInt8(type, 4);
  box.write('v', 5, 'latin1');
  box.set(value, 7);
  return box;
}
