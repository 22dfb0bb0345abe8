// Query layer: BSON regular expressions (PCRE syntax) as JavaScript's.
// What JavaScript cannot express is refused with BadValue, never approximated.
import { BSONRegExp } from 'bson';

import { CommandError } from '../errors.ts';

const PASSED_OPTIONS = new Set(['i', 'm', 's', 'u']);

/** Throws CommandError BadValue for an invalid pattern or option. The pattern is not repeated in the message. */
export function toRegExp(expression: BSONRegExp): RegExp {
  let pattern = expression.pattern;
  let flags = 'u';
  for (const option of expression.options) {
    if (option === 'x') pattern = withoutWhitespace(pattern);
    else if (!PASSED_OPTIONS.has(option))
      throw new CommandError('BadValue', 'invalid flag in regex options');
    else if (option !== 'u') flags += option;
  }
  try {
    return new RegExp(pattern, flags);
  } catch {
    return withoutUnicode(pattern, flags.replace('u', ''));
  }
}

/** JavaScript's `u` mode refuses escapes such as `\-`, which PCRE allows. */
function withoutUnicode(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch (cause) {
    throw new CommandError('Location51091', 'Regular expression is invalid', {
      cause: cause instanceof SyntaxError ? undefined : cause,
    });
  }
}

/** Option `x`: unescaped white space and `#` comments outside character classes do not count. */
function withoutWhitespace(pattern: string): string {
  let result = '';
  let inClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern.charAt(i);
    if (character === '\\') {
      result += character + pattern.charAt(++i);
    } else if (inClass) {
      inClass = character !== ']';
      result += character;
    } else if (character === '#') {
      while (i < pattern.length && pattern.charAt(i) !== '\n') i++;
    } else if (!/\s/.test(character)) {
      inClass = character === '[';
      result += character;
    }
  }
  return result;
}

/** `$regex` with `$options`: a string or an expression, with the options in one of both places. */
export function fromOperator(regex: unknown, options: unknown): BSONRegExp {
  if (options !== undefined && typeof options !== 'string') {
    throw new CommandError('BadValue', '$options has to be a string');
  }
  const sorted = (text: string) => Array.from(text).sort().join('');
  if (typeof regex === 'string') return new BSONRegExp(regex, sorted(options ?? ''));
  if (!(regex instanceof BSONRegExp))
    throw new CommandError('BadValue', '$regex has to be a string');
  if (options !== undefined && regex.options !== '') {
    throw new CommandError('Location51075', 'options set in both $regex and $options');
  }
  return options === undefined ? regex : new BSONRegExp(regex.pattern, sorted(options));
}
