// Argument arrays whose names do not count from 0: a driver never sends them, yet a server reads arguments
// by their order, so that names could make the analysis see other arguments than the server.
import { serialize } from 'bson';
import { describe, expect, it } from 'vitest';
import { analyseCommand } from '../analyse.ts';
import { database } from '../testing/inputs.ts';
import { clinic } from '../testing/pipelines.ts';

/** A find whose `$expr` has these arguments, with the names of the first two replaced. */
function withNames(operator: string, first: string, second: string): Buffer {
  const command = Buffer.from(
    serialize({ find: 'people', filter: { $expr: { [operator]: ['$ssn', 5, 5] } } }),
  );
  const start = command.indexOf(`${operator}\0`) + operator.length + 1 + 4;
  // The type byte, then the name: `0` of the string, and `1` of the first int.
  command.write(first, start + 1, 'latin1');
  command.write(second, command.indexOf('\u00101\0', start, 'latin1') + 1, 'latin1');
  return command;
}

const expectation = 'expected arguments in an array that counts from 0';

describe('arguments of an operator', () => {
  it.each([
    ['$eq', '1', '1'],
    ['$ne', '1', '0'],
    ['$in', '0', '0'],
    ['$cond', '1', '0'],
    ['$ifNull', '1', '2'],
  ])('%s are refused when they are named %s and %s', (operator, first, second) => {
    const command = withNames(operator, first, second);
    expect(() => analyseCommand(database, command, clinic)).toThrow(expectation);
  });

  it('are read when they count from 0', () => {
    const command = withNames('$ifNull', '0', '1');
    expect(() => analyseCommand(database, command, clinic)).not.toThrow(expectation);
  });
});
