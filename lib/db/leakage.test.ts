// docs/leakage.md against the schema: a field that is encrypted otherwise than the document says would be a false claim.
import { readFileSync } from 'node:fs';
import { UUID, type Document } from 'mongodb';
import { expect, it } from 'vitest';
import { patientEncryptionSchema } from './encryption-schema';
import { PATIENT_VALIDATOR } from './server-validator';

interface Claim {
  algorithm: string;
  key: string;
}

/** The encrypted fields of a schema by their dotted names. */
function encryptedIn(schema: Document, prefix = ''): [string, Claim][] {
  const properties = (schema['properties'] ?? {}) as Record<string, Document>;
  return Object.entries(properties).flatMap(([name, property]) => {
    const encrypt = property['encrypt'] as Document | undefined;
    if (encrypt === undefined) return encryptedIn(property, `${prefix}${name}.`);
    const algorithm = String(encrypt['algorithm']).split('-').at(-1) ?? '';
    const key = encrypt['keyId'] === '/keyAltName' ? 'their own' : 'shared';
    return [[`${prefix}${name}`, { algorithm, key }]];
  });
}

const rows = readFileSync('docs/leakage.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

it('the table of what the database learns has every encrypted field as the schema has it', () => {
  const claimed = rows
    .filter(([, , algorithm]) => algorithm !== 'none')
    .map(([, name = '', algorithm = '', key = '']) => [
      name.replaceAll('`', ''),
      { algorithm, key },
    ]);
  expect(Object.fromEntries(claimed)).toEqual(
    Object.fromEntries(encryptedIn(patientEncryptionSchema(new UUID()))),
  );
});

it('the server demands ciphertext of each of them', () => {
  const schema = PATIENT_VALIDATOR['$jsonSchema'] as Document;
  for (const [name] of encryptedIn(patientEncryptionSchema(new UUID()))) {
    const property = name
      .split('.')
      .reduce<Document>(
        (at, part) => (at['properties'] as Record<string, Document>)[part] ?? {},
        schema,
      );
    expect(property).toEqual({ bsonType: 'binData' });
  }
});
