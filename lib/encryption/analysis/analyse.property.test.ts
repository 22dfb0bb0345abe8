// Random schemas, documents and commands: whatever is accepted leaks nothing and loses nothing.
import type { Document } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyseCommand, AnalysisError, type EncryptionSchema } from './index.ts';
import {
  clearPart,
  compiled,
  database,
  namespace,
  toBytes,
  withoutMarkings,
} from './testing/inputs.ts';
import { command, Ledger } from './testing/random-commands.ts';
import { schema } from './testing/random-schemas.ts';

const counts = new Map<string, { accepted: number; marked: number; refused: number }>();

function count(name: string, outcome: 'accepted' | 'marked' | 'refused'): void {
  const entry = counts.get(name) ?? { accepted: 0, marked: 0, refused: 0 };
  entry[outcome] += 1;
  counts.set(name, entry);
}

interface Trial {
  readonly known: ReadonlyMap<string, EncryptionSchema>;
  readonly bytes: Uint8Array;
  readonly ledger: Ledger;
  readonly name: string;
}

function trial(declared: Document, plan: (ledger: Ledger) => Document): Trial {
  const ledger = new Ledger(declared);
  const sent = plan(ledger);
  const known = new Map([[namespace, compiled(declared)]]);
  return { known, bytes: toBytes(sent), ledger, name: Object.keys(sent)[0] ?? '' };
}

/** The analysed command, or undefined when it was refused with the module's own error. */
function attempt({ known, bytes, name }: Trial) {
  try {
    const result = analyseCommand(database, bytes, known);
    count(name, result.hasPlaceholders ? 'marked' : 'accepted');
    return result;
  } catch (error) {
    if (!(error instanceof AnalysisError)) throw error;
    count(name, 'refused');
    return undefined;
  }
}

const runs = { numRuns: Number(process.env['ANALYSIS_RUNS'] ?? 1500) };

describe('a random command on a random schema', () => {
  it('is refused, or has no constant of an encrypted field outside its markings', () => {
    fc.assert(
      fc.property(schema, command, (declared, plan) => {
        const given = trial(declared, plan);
        const result = attempt(given);
        if (!result) return;
        const clear = Buffer.from(clearPart(result.command));
        for (const { path, bytes } of given.ledger.secrets) {
          expect(clear.includes(bytes), `a constant for ${path} in clear`).toBe(false);
        }
      }),
      runs,
    );
  });

  it('is refused, or is the same command byte for byte once its markings are opened', () => {
    fc.assert(
      fc.property(schema, command, (declared, plan) => {
        const given = trial(declared, plan);
        const result = attempt(given);
        if (!result) return;
        const opened = Buffer.from(withoutMarkings(result.command));
        expect(opened.equals(given.bytes)).toBe(true);
        expect(result.command === given.bytes).toBe(!result.hasPlaceholders);
      }),
      runs,
    );
  });

  it('passes with the same bytes when the collection has no schema', () => {
    fc.assert(
      fc.property(schema, command, (declared, plan) => {
        const { bytes } = trial(declared, plan);
        const result = analyseCommand(database, bytes, new Map());
        expect(result).toEqual({ command: bytes, hasPlaceholders: false });
      }),
      { numRuns: 500 },
    );
  });

  // Refusing everything must not pass: the runs above have accepted and encrypted enough.
  it.each(['insert', 'find', 'update', 'delete', 'aggregate', 'findAndModify'])(
    'is often enough accepted, and encrypted, as %s',
    (name) => {
      const { accepted = 0, marked = 0, refused = 0 } = counts.get(name) ?? {};
      expect((accepted + marked) / (accepted + marked + refused)).toBeGreaterThan(0.15);
      expect(marked).toBeGreaterThan(0);
    },
  );
});
