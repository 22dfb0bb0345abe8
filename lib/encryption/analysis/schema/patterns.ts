// Layer analysis: the regular expressions of `patternProperties`. A schema may come from the server, and
// JavaScript's engine backtracks: a pattern that could take exponential time is refused, not tried.
// Knows nothing about what a pattern's subschema says.
import { refusal } from '../errors.ts';

/** With `maxNameLength`, the most steps that a match may take stay in the order of a second. */
const maxRepetitions = 3;
/** Longer field names are not matched against patterns. */
export const maxNameLength = 256;
const maxPatternLength = 1000;

interface Group {
  /** Whether it can match one text in several ways: then it may not be repeated. */
  ambiguous: boolean;
}

const escape = /\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|.)/suy;
const characterClass = /\[(?:\\.|[^\]\\])*\]/suy;
const groupStart = /\((?:\?(?:[:=!]|<[=!]|<[^>]*>))?/uy;
const quantifier = /(?:[*+?]|\{(?<from>\d+)(?<upTo>,(?<to>\d*))?\})\??/uy;

function take(expression: RegExp, source: string, at: number): RegExpExecArray | null {
  expression.lastIndex = at;
  return expression.exec(source);
}

/** `once` leaves no choice, `optional` two, `repeated` many. */
function kindOf([text, from, upTo, to]: RegExpExecArray): 'once' | 'optional' | 'repeated' {
  if (text.startsWith('?')) return 'optional';
  if (from === undefined) return 'repeated';
  if (upTo === undefined) return 'once';
  return to !== '' && Number(to) <= 1 ? 'optional' : 'repeated';
}

/** Why a pattern could take too long, or undefined. */
function problemOf(source: string): string | undefined {
  if (source.length > maxPatternLength) return `it is longer than ${maxPatternLength} characters`;
  const open: Group[] = [{ ambiguous: false }];
  let closed: Group | undefined;
  let repetitions = 0;
  for (let at = 0; at < source.length;) {
    const inside = open.at(-1) ?? { ambiguous: false };
    const repeat = at > 0 ? take(quantifier, source, at) : null;
    if (repeat) {
      const kind = kindOf(repeat);
      if (closed?.ambiguous && kind !== 'optional') {
        return 'it repeats a group that repeats or chooses itself';
      }
      if (kind === 'repeated' && ++repetitions > maxRepetitions) {
        return `it has more than ${maxRepetitions} repetitions`;
      }
      if (kind !== 'once') inside.ambiguous = true;
      closed = undefined;
      at += repeat[0].length;
      continue;
    }
    closed = undefined;
    const character = source.charAt(at);
    const part =
      take(escape, source, at) ?? take(characterClass, source, at) ?? take(groupStart, source, at);
    if (part && /^\\[1-9k]/.test(part[0])) return 'it refers back to a group';
    if (part?.[0].startsWith('(')) open.push({ ambiguous: false });
    if (character === '|') inside.ambiguous = true;
    if (character === ')') {
      closed = open.pop();
      const outer = open.at(-1);
      if (outer && closed?.ambiguous) outer.ambiguous = true;
    }
    at += part ? part[0].length : 1;
  }
  return undefined;
}

/**
 * Compiles a pattern, or says why it cannot be used. The rules hold for schemas with encryption only:
 * in others no pattern is ever tried.
 */
export function compilePattern(source: string): RegExp | string {
  let regex: RegExp;
  try {
    regex = new RegExp(source, 'u');
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    return 'the pattern is not a regular expression of JavaScript with the flag `u`';
  }
  const problem = problemOf(source);
  return problem === undefined ? regex : `the pattern could take too long to match: ${problem}`;
}

/** Whether a field name matches. Throws `AnalysisError` for a name that is too long to try. */
export function matchesPattern(regex: RegExp, name: string): boolean {
  if (name.length <= maxNameLength) return regex.test(name);
  throw refusal('schema', 'A field name is too long to be matched with `patternProperties`', {
    rule: `expected at most ${maxNameLength} characters, found ${name.length}`,
  });
}
