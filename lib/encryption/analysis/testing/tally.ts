// Test inputs of layer analysis: how often each command, stage and operator was accepted, so that
// refusing everything cannot pass, and what the refusals said.
import type { Reading } from './random-pipelines.ts';

export type Outcome = 'accepted' | 'encrypted' | 'refused' | 'unsupported';
type Counts = Record<Outcome, number>;

const none: Counts = { accepted: 0, encrypted: 0, refused: 0, unsupported: 0 };

/** Every name with a dollar sign, at any depth. */
function operatorsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(operatorsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(name.startsWith('$') ? [name] : []),
    ...operatorsIn(inner),
  ]);
}

export class Tally {
  readonly #counts = new Map<string, Counts>();
  readonly #reasons = new Map<string, number>();

  /** Counts under the command's name, `stage $x` for stages that met encrypted fields, and `$x`. */
  add({ command, met }: Reading, outcome: Outcome, reason?: string): void {
    const [name = ''] = Object.keys(command);
    const stages = [...met].map((stage) => `stage ${stage}`);
    for (const each of new Set([name, ...stages, ...operatorsIn(command)])) {
      const counts = this.of(each);
      this.#counts.set(each, { ...counts, [outcome]: counts[outcome] + 1 });
    }
    if (reason === undefined) return;
    const words = reason.replace(/ at \S+:/, ' at …:').slice(0, 110);
    this.#reasons.set(words, (this.#reasons.get(words) ?? 0) + 1);
  }

  of(name: string): Counts {
    return this.#counts.get(name) ?? none;
  }

  /** For people: everything that was counted, and the most frequent reasons. */
  toString(): string {
    const sorted = [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
    const lines = sorted.map(
      ([name, counts]) =>
        name.padEnd(20) +
        Object.entries(counts)
          .map(([outcome, number]) => `${outcome} ${number}`.padEnd(18))
          .join(''),
    );
    const reasons = [...this.#reasons]
      .sort(([, a], [, b]) => b - a)
      .slice(0, 60)
      .map(([words, number]) => `${String(number).padStart(6)} ${words}`);
    return [...lines, ...reasons].join('\n');
  }
}
