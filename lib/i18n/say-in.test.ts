// What a refusal says in each language.
import { describe, expect, test } from 'vitest';
import { DataError, keysUnavailable } from '@/lib/data/errors';
import { KmsOutage } from '@/lib/keys/kms-health';
import { message } from '@/schemas/message';
import { sayIn } from './say-in';

describe('a refusal', () => {
  test('is a sentence of the person’s language', () => {
    const { userMessage } = new DataError('CONFLICT');
    expect(sayIn('en', userMessage)).toBe(
      'Someone else changed this record. Nothing was saved; try again.',
    );
    expect(sayIn('es', userMessage)).toBe(
      'Otra persona modificó este expediente. No se guardó nada; inténtelo de nuevo.',
    );
  });

  test('by the key service names it, since when, and whether it refused', () => {
    const since = new Date('2026-11-22T14:05:30Z');
    const silent = keysUnavailable(new KmsOutage('kmip', since, false, null), since).userMessage;
    expect(sayIn('en', silent)).toMatch(
      /^The key service \(KMIP\) has not answered since 14:05 UTC\./,
    );
    expect(sayIn('es', silent)).toMatch(
      /^El servicio de claves \(KMIP\) no responde desde 14:05 UTC\./,
    );
    const later = new Date('2026-11-23T01:00:00Z');
    const refused = keysUnavailable(new KmsOutage('aws', since, true, null), later).userMessage;
    expect(sayIn('en', refused)).toMatch(
      /^The key service \(AWS KMS\) has refused to open keys since 2026-11-22 14:05 UTC\./,
    );
  });
});

test('a text that is no key of a catalogue is said as it is', () => {
  for (const text of ['Some sentence.', 'errors.unknown', 'errors', message('no.key', { a: 1 })]) {
    expect(sayIn('es', text)).toBe(text);
  }
});
