// Names in the catalogue for what the journal and the requests hold.
import { describe, expect, test } from 'vitest';
import { flatTexts } from '@/lib/i18n/catalogue';
import { MESSAGES } from '@/lib/i18n/messages';
import { operationKey, phaseKey, requestKey } from './wording';

const texts = flatTexts(MESSAGES.en.keys);

describe('wording', () => {
  test('every phase and operation of the catalogue is found by its name in the journal', () => {
    const { phase, operation } = MESSAGES.en.keys;
    expect(Object.keys(phase).map(phaseKey)).toEqual(
      Object.keys(phase).map((name) => `phase.${name}`),
    );
    expect(Object.keys(operation).map(operationKey)).toEqual(
      Object.keys(operation).map((name) => `operation.${name}`),
    );
  });

  test('a name that the catalogue does not know has no key', () => {
    expect([phaseKey('dance'), phaseKey(''), operationKey('toString')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('both ways of a migration are told apart', () => {
    const migration = { kind: 'migrate', to: 'aws', reason: 'Moving' } as const;
    const keys = (['rewrap', 're-encrypt'] as const).map((how) =>
      requestKey({ ...migration, how }),
    );
    expect(new Set(keys).size).toBe(2);
    for (const key of [...keys, requestKey({ kind: 'retire', reason: 'Yearly' })]) {
      expect(texts.has(key)).toBe(true);
    }
  });
});
