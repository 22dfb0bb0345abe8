// Update layer: the document that an upsert starts from: what the filter says by equality.
import { CommandError } from '../../errors.ts';
import { BSONRegExp } from 'bson';
import { isOperatorDocument } from '../filter.ts';
import { MISSING } from '../paths.ts';
import { decode, type Document, encode, isDocument } from '../values.ts';
import { readPath, writePath } from './targets.ts';

/**
 * The filter's equalities as a document; with `idOnly` (a replacement) just its `_id`.
 * Throws NotSingleValueField where the filter gives two values for one path.
 */
export function documentFromFilter(filter: Document, idOnly: boolean): Document {
  const result: Document = {};
  for (const [path, value] of equalities(filter)) {
    if (idOnly && path !== '_id') continue;
    if (readPath(result, path.split('.')) !== MISSING) {
      throw new CommandError(
        'NotSingleValueField',
        `cannot infer query fields to set, path '${path}' is matched twice`,
      );
    }
    writePath(result, path.split('.'), value);
  }
  // A copy: the update changes it in place, and the filter must stay as it is.
  return decode(encode(result));
}

function* equalities(filter: Document): Generator<[string, unknown]> {
  for (const [key, operand] of Object.entries(filter)) {
    const alone = key === '$or' && Array.isArray(operand) && operand.length === 1;
    if ((key === '$and' || alone) && Array.isArray(operand)) {
      for (const clause of operand) if (isDocument(clause)) yield* equalities(clause);
    } else if (!key.startsWith('$')) {
      if (isOperatorDocument(operand)) {
        if ('$eq' in operand) yield [key, operand['$eq']];
      } else if (!(operand instanceof BSONRegExp)) {
        yield [key, operand];
      }
    }
  }
}
