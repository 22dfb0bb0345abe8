// What the server itself demands of a patient document: sensitive fields are BinData, so that a client
// without CSFLE cannot write them in clear (C-41). It cannot tell ciphertext from other binary data.
import type { Db, Document } from 'mongodb';
import { PATIENTS } from './names';

const NAMESPACE_EXISTS = 48;

/** `$jsonSchema` for the patients collection. */
export const PATIENT_VALIDATOR: Document = {
  $jsonSchema: {
    bsonType: 'object',
    required: ['name', 'keyAltName', 'revision'],
    properties: {
      name: { bsonType: 'string' },
      keyAltName: { bsonType: 'string' },
      revision: { bsonType: ['int', 'long'] },
      last4ssn: { bsonType: 'int' },
      ssn: { bsonType: 'binData' },
      bloodType: { bsonType: 'binData' },
      medicalRecords: { bsonType: 'binData' },
      alerts: { bsonType: 'binData' },
      integrity: { bsonType: 'binData' },
      insurance: {
        bsonType: 'object',
        properties: {
          provider: { bsonType: 'string' },
          policyNumber: { bsonType: 'binData' },
        },
      },
    },
  },
};

const ENFORCED = {
  validator: PATIENT_VALIDATOR,
  validationLevel: 'strict',
  validationAction: 'error',
} as const;

/** Creates the collection with its validator, or gives an existing one the present validator. */
export async function installPatientValidator(db: Db): Promise<void> {
  try {
    await db.createCollection(PATIENTS, ENFORCED);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== NAMESPACE_EXISTS) throw error;
  }
  // Some servers take the validator of `create` without a word and ignore it.
  await db.command({ collMod: PATIENTS, ...ENFORCED });
}
