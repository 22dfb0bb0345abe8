// Which fields of a patient are encrypted, how and with which key: the guide's schema, plus a key of
// each patient's own for what is never searched. The client's map is the one that counts: a server
// could only be asked to agree (see server-validator.ts).
import type { Document, UUID } from 'mongodb';

const DETERMINISTIC = 'AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic';
const RANDOM = 'AEAD_AES_256_CBC_HMAC_SHA_512-Random';

/** JSON pointer to the field that names the patient's own data key. */
const PATIENT_KEY = '/keyAltName';

/** The patients' encryption schema; fields inherit the shared key unless they name another. */
export function patientEncryptionSchema(sharedKeyId: UUID): Document {
  return {
    bsonType: 'object',
    encryptMetadata: { keyId: [sharedKeyId] },
    properties: {
      ssn: { encrypt: { bsonType: 'int', algorithm: DETERMINISTIC } },
      bloodType: { encrypt: { bsonType: 'string', algorithm: RANDOM, keyId: PATIENT_KEY } },
      medicalRecords: { encrypt: { bsonType: 'array', algorithm: RANDOM, keyId: PATIENT_KEY } },
      alerts: { encrypt: { bsonType: 'array', algorithm: RANDOM, keyId: PATIENT_KEY } },
      integrity: { encrypt: { bsonType: 'object', algorithm: RANDOM, keyId: PATIENT_KEY } },
      insurance: {
        bsonType: 'object',
        properties: { policyNumber: { encrypt: { bsonType: 'int', algorithm: DETERMINISTIC } } },
      },
    },
  };
}
