// A patient as stored. Optional fields are absent until a doctor completes a front-desk registration.
import type { Int32, ObjectId } from 'mongodb';
import type { NameOrder } from '@/lib/data/name-keys';
import type { Integrity } from '@/lib/data/integrity';
import type { Alert, Contact, Visit } from '@/schemas/dto';

/** What any client reads and writes in clear. */
export interface PlainPatient {
  _id: ObjectId;
  name: string;
  /** Folded words of the name, for search by prefix. */
  nameKeys: string[];
  /** The places of this record in lists by name. Absent where another program wrote the record, until the next start. */
  nameOrder?: NameOrder;
  contact: Contact;
  /** Digits of `contact.phone`. */
  phoneKey: string;
  /** The guide's proxy field; present once `ssn` is. */
  last4ssn?: number;
  insurance: { provider: string };
  /** Alt name of the patient's own data key; the JSON pointer of the encryption schema leads here. */
  keyAltName: string;
  /** Grows with every write; a conditional write names the one it has read. */
  revision: number;
  registeredAt: Date;
  /** A tombstone: the record was erased, nothing may be written to it, and nothing of it decrypted. */
  erasedAt?: Date;
}

/** The whole document, as the doctors' client sees it. */
export interface Patient extends PlainPatient {
  /** int32: a number of another BSON type would encrypt to a different ciphertext. */
  ssn?: Int32 | number;
  bloodType?: string;
  medicalRecords?: Visit[];
  /** Absent until somebody asked about allergies; records from before it existed have none. */
  alerts?: Alert[];
  /** Binds the encrypted values, and `last4ssn`, to this record and to each other; there once `ssn` is. */
  integrity?: Integrity;
  insurance: { provider: string; policyNumber?: Int32 | number };
}
