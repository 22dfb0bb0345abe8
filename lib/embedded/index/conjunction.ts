// Index layer: a filter as "all of these hold", as far as planning can use it. What it does not understand it
// leaves out, which is safe: a conjunction is implied by its filter, and the filter is applied again afterwards.
import { BSONRegExp } from 'bson';

import { isOperatorDocument } from '../query/filter.ts';
import { type Document, isDocument } from '../query/values.ts';

export interface FieldPredicate {
  /** As in a filter; an implicit equality is `$eq`, an implicit regular expression `$regex`. */
  readonly operator: string;
  readonly operand: unknown;
}

export interface Conjunction {
  readonly fields: ReadonlyMap<string, readonly FieldPredicate[]>;
  /** Of each entry at least one branch holds. */
  readonly alternatives: readonly (readonly Conjunction[])[];
}

export function conjunctionOf(filter: Document): Conjunction {
  const fields = new Map<string, FieldPredicate[]>();
  const alternatives: (readonly Conjunction[])[] = [];
  collect(filter, fields, alternatives);
  return { fields, alternatives };
}

/** Both hold. */
export function both(left: Conjunction, right: Conjunction): Conjunction {
  const fields = new Map(left.fields);
  for (const [path, predicates] of right.fields) {
    fields.set(path, [...(fields.get(path) ?? []), ...predicates]);
  }
  return { fields, alternatives: [...left.alternatives, ...right.alternatives] };
}

function collect(
  filter: Document,
  fields: Map<string, FieldPredicate[]>,
  alternatives: (readonly Conjunction[])[],
): void {
  for (const [key, operand] of Object.entries(filter)) {
    if (key === '$and' || key === '$or') {
      const clauses = Array.isArray(operand) ? operand.filter(isDocument) : [];
      if (key === '$and') for (const clause of clauses) collect(clause, fields, alternatives);
      else if (clauses.length > 0) alternatives.push(clauses.map(conjunctionOf));
    } else if (!key.startsWith('$')) {
      fields.set(key, [...(fields.get(key) ?? []), ...predicatesOf(operand)]);
    }
  }
}

function predicatesOf(operand: unknown): FieldPredicate[] {
  if (operand instanceof BSONRegExp) return [{ operator: '$regex', operand }];
  if (!isOperatorDocument(operand)) return [{ operator: '$eq', operand }];
  const { $regex, $options, ...rest } = operand;
  const predicates = Object.entries(rest).map(([operator, value]) => ({
    operator,
    operand: value,
  }));
  if ($regex === undefined) return predicates;
  return [...predicates, { operator: '$regex', operand: withOptions($regex, $options) }];
}

function withOptions(regex: unknown, options: unknown): unknown {
  const pattern = regex instanceof BSONRegExp ? regex.pattern : regex;
  const flags =
    typeof options === 'string' ? options : regex instanceof BSONRegExp ? regex.options : '';
  if (typeof pattern !== 'string') return undefined;
  return new BSONRegExp(pattern, Array.from(flags).sort().join(''));
}
