// Test inputs of layer analysis: random commands in which every constant is unique, and a ledger of
// the path that each constant was meant for.
import { Binary, type Document, Double, Int32, Long, ObjectId } from 'bson';
import fc from 'fast-check';
import { deterministicPaths, encryptionAt, fieldName, keyField } from './random-schemas.ts';

/** A value that is still to be chosen: its shape, and whether it shall have the schema's type. */
type Shape =
  | { readonly kind: 'leaf'; readonly type: string; readonly fits: boolean }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, Shape])[] }
  | { readonly kind: 'array'; readonly items: readonly Shape[] };

const leafTypes = ['string', 'int', 'long', 'double', 'date', 'objectId', 'binData'];

const { shape } = fc.letrec<{ shape: Shape }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 3 },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('leaf' as const),
        type: fc.constantFrom(...leafTypes),
        fits: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('object' as const),
        members: fc.array(fc.tuple(fieldName, tie('shape')), { maxLength: 3 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('array' as const),
        items: fc.array(tie('shape'), { maxLength: 3 }),
      }),
    },
  ),
}));

/** Chooses unique constants and remembers the bytes of those that the schema encrypts. */
export class Ledger {
  readonly secrets: { readonly path: string; readonly bytes: Buffer }[] = [];
  readonly #schema: Document;
  #next = 1;

  constructor(schema: Document) {
    this.#schema = schema;
  }

  /** One of the schema's Deterministic fields, or any name without one. */
  deterministicPath(choice: number): string[] {
    const paths = deterministicPaths(this.#schema);
    return paths[choice % paths.length] ?? ['a'];
  }

  plant(value: Shape, path: readonly string[]): unknown {
    const encryption = encryptionAt(this.#schema, path);
    if (value.kind === 'leaf') {
      const declared: unknown = encryption?.['bsonType'];
      const fitting = Array.isArray(declared) ? (declared[0] as string) : (declared as string);
      const type = value.fits && encryption?.['bsonType'] !== undefined ? fitting : value.type;
      if (type === 'array') return [this.#leaf('string', path, encryption)];
      if (type === 'object') return { z: this.#leaf('string', path, encryption) };
      return this.#leaf(type, path, encryption);
    }
    if (value.kind === 'array') return value.items.map((item) => this.plant(item, path));
    return Object.fromEntries(
      value.members.map(([name, member]) => [name, this.plant(member, [...path, name])]),
    );
  }

  #leaf(type: string, path: readonly string[], encryption: Document | undefined): unknown {
    const number = this.#next++;
    const text = `canary${String(number).padStart(6, '0')}`;
    const bytes = Buffer.alloc(12, 0xc7);
    bytes.writeUInt32BE(number, 8);
    const low = bytes.readInt32LE(8);
    const [value, needle] = ((): [unknown, Buffer] => {
      switch (type) {
        case 'int':
          return [new Int32(0x4c7_0000 + number), int32(0x4c7_0000 + number)];
        case 'long':
          return [new Long(low, 0x6c7c_7c7c), Buffer.concat([int32(low), int32(0x6c7c_7c7c)])];
        case 'double': {
          const double = Buffer.alloc(8);
          double.writeDoubleLE(number + 0.123_456_789);
          return [new Double(number + 0.123_456_789), double];
        }
        case 'date': {
          const date = Buffer.alloc(8);
          date.writeBigInt64LE(BigInt(1_234_567_890_000 + number));
          return [new Date(1_234_567_890_000 + number), date];
        }
        case 'objectId':
          return [new ObjectId(bytes), bytes];
        case 'binData':
          return [new Binary(bytes, 0), bytes];
        default:
          return [text, Buffer.from(text)];
      }
    })();
    if (encryption) this.secrets.push({ path: path.join('.'), bytes: needle });
    return value;
  }
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

/** A part of a command that is built once the schema, hence the ledger, is known. */
export type Plan<T = unknown> = (ledger: Ledger) => T;

/** Mostly one or two names: random schemas are shallow. */
const rest = { maxLength: 2, size: 'xsmall' } as const;

const component = fc.oneof(
  { weight: 12, arbitrary: fieldName },
  { weight: 1, arbitrary: fc.constantFrom('0', '$', '$[]', '$[i]') },
);
const path = fc
  .tuple(fieldName, fc.array(component, rest))
  .map(([first, more]) => [first, ...more]);
const queryPath = fc
  .tuple(fieldName, fc.array(fc.oneof({ weight: 9, arbitrary: fieldName }, fc.constant('1')), rest))
  .map(([first, more]) => [first, ...more]);

const planted = (target: fc.Arbitrary<string[]>, wrap: (value: unknown) => unknown = (v) => v) =>
  fc
    .tuple(target, shape)
    .map(([where, value]): Plan<[string, unknown]> => (ledger) => [
      where.join('.'),
      wrap(ledger.plant(value, where)),
    ]);

const equality = fc.constantFrom('$eq', '$ne');
const odd = fc.constantFrom(
  '$gt',
  '$lte',
  '$all',
  '$elemMatch',
  '$size',
  '$mod',
  '$type',
  '$exists',
);

/** Equality with a value of the right type, so that much is accepted and encrypted. */
const answerable: fc.Arbitrary<Plan<[string, unknown]>> = fc
  .nat({ max: 5 })
  .map((choice): Plan<[string, unknown]> => (ledger) => {
    const where = ledger.deterministicPath(choice);
    return [where.join('.'), ledger.plant({ kind: 'leaf', type: 'string', fits: true }, where)];
  });

const condition: fc.Arbitrary<Plan<[string, unknown]>> = fc.oneof(
  { weight: 8, arbitrary: answerable },
  { weight: 4, arbitrary: planted(queryPath) },
  {
    weight: 3,
    arbitrary: equality.chain((name) => planted(queryPath, (value) => ({ [name]: value }))),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(queryPath, fc.array(shape, { maxLength: 3 }), fc.constantFrom('$in', '$nin'))
      .map(([where, items, name]): Plan<[string, unknown]> => (ledger) => [
        where.join('.'),
        { [name]: items.map((item) => ledger.plant(item, where)) },
      ]),
  },
  {
    weight: 1,
    arbitrary: planted(queryPath, (value) => ({ $not: { $eq: value } })),
  },
  { weight: 1, arbitrary: odd.chain((name) => planted(queryPath, (value) => ({ [name]: value }))) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(queryPath, fc.boolean())
      .map(([where, exists]): Plan<[string, unknown]> => () => [
        where.join('.'),
        { $exists: exists },
      ]),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(queryPath, shape)
      .map(([where, value]): Plan<[string, unknown]> => (ledger) => [
        '$expr',
        { $eq: [`$${where.join('.')}`, ledger.plant(value, where)] },
      ]),
  },
);

const all = <T>(plans: readonly Plan<T>[], ledger: Ledger): T[] =>
  plans.map((plan) => plan(ledger));

export const { filter } = fc.letrec<{ filter: Plan<Document> }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3 },
    {
      weight: 6,
      arbitrary: fc.array(condition, { maxLength: 2 }).map(
        (plans): Plan<Document> =>
          (ledger) =>
            Object.fromEntries(all(plans, ledger)),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.constant((): Document => ({ [keyField]: 'alt' })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.constantFrom('$and', '$or', '$nor'),
          fc.array(tie('filter'), { minLength: 1, maxLength: 2 }),
        )
        .map(([name, plans]): Plan<Document> => (ledger) => ({ [name]: all(plans, ledger) })),
    },
  ),
}));

/** A document to insert, mostly with its key alt name. */
const document: fc.Arbitrary<Plan<Document>> = fc
  .tuple(fc.dictionary(fieldName, shape, { maxKeys: 4 }), fc.integer({ min: 0, max: 9 }))
  .map(([members, luck]): Plan<Document> => (ledger) => ({
    ...(luck > 0 ? { [keyField]: 'alt' } : {}),
    ...Object.fromEntries(
      Object.entries(members).map(([name, value]) => [name, ledger.plant(value, [name])]),
    ),
  }));

const operator = fc
  .tuple(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('$set', '$setOnInsert') },
      fc.constantFrom('$unset', '$inc', '$min', '$push', '$pull', '$addToSet'),
    ),
    planted(path),
  )
  .map(([name, plan]): Plan<[string, unknown]> => (ledger) => {
    const [where, value] = plan(ledger);
    return [name, { [where]: value }];
  });

const update: fc.Arbitrary<Plan<Document>> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.array(operator, { minLength: 1, maxLength: 2 }).map(
      (plans): Plan<Document> =>
        (ledger) =>
          Object.fromEntries(all(plans, ledger)),
    ),
  },
  { weight: 1, arbitrary: document },
);

const statement = fc
  .tuple(filter, update, fc.boolean())
  .map(([q, u, upsert]): Plan<Document> => (ledger) => ({ q: q(ledger), u: u(ledger), upsert }));

const stage: fc.Arbitrary<Plan<Document>> = fc.oneof(
  {
    weight: 4,
    arbitrary: filter.map((plan): Plan<Document> => (ledger) => ({ $match: plan(ledger) })),
  },
  // A constant that a stage writes is public, and makes its path plain: random-stages.ts has those.
  queryPath.map((where): Plan<Document> => () => ({
    $addFields: { [where.join('.')]: `$${where.join('.')}` },
  })),
  queryPath.map((where): Plan<Document> => () => ({
    $project: { [where.join('.')]: `$${where.join('.')}` },
  })),
  queryPath.map((where): Plan<Document> => () => ({ $project: { [where.join('.')]: 1 } })),
  fc.constant((): Document => ({ $limit: 5 })),
);

/** What leaves `$group` has no encrypted fields any more, so it comes last if at all. */
const lastStage: fc.Arbitrary<Plan<Document>[]> = fc.oneof(
  fc.constant<Plan<Document>[]>([]),
  queryPath.map((where): Plan<Document>[] => [() => ({ $group: { _id: `$${where.join('.')}` } })]),
);

const pipeline: fc.Arbitrary<Plan<Document[]>> = fc
  .tuple(fc.array(stage, { minLength: 1, maxLength: 2 }), lastStage)
  .map(
    ([plans, last]) =>
      (ledger) =>
        all([...plans, ...last], ledger),
  );

const target = { collection: 'patients' };

/** Any command, as a plan that waits for its schema. */
export const command: fc.Arbitrary<Plan<Document>> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .array(document, { minLength: 1, maxLength: 2 })
      .map((plans): Plan<Document> => (ledger) => ({
        insert: target.collection,
        documents: all(plans, ledger),
      })),
  },
  {
    weight: 5,
    arbitrary: filter.map((plan): Plan<Document> => (ledger) => ({
      find: target.collection,
      filter: plan(ledger),
      limit: 5,
    })),
  },
  {
    weight: 5,
    arbitrary: fc
      .array(statement, { minLength: 1, maxLength: 2 })
      .map((plans): Plan<Document> => (ledger) => ({
        update: target.collection,
        updates: all(plans, ledger),
      })),
  },
  {
    weight: 1,
    arbitrary: filter.map((plan): Plan<Document> => (ledger) => ({
      delete: target.collection,
      deletes: [{ q: plan(ledger), limit: 1 }],
    })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(filter, update).map(([query, change]): Plan<Document> => (ledger) => ({
      findAndModify: target.collection,
      query: query(ledger),
      update: change(ledger),
    })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(filter, queryPath).map(([plan, key]): Plan<Document> => (ledger) => ({
      distinct: target.collection,
      key: key.join('.'),
      query: plan(ledger),
    })),
  },
  {
    weight: 3,
    arbitrary: pipeline.map((plan): Plan<Document> => (ledger) => ({
      aggregate: target.collection,
      pipeline: plan(ledger),
      cursor: {},
    })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(planted(queryPath), planted(queryPath))
      .map(([bound, hint]): Plan<Document> => (ledger) => ({
        find: target.collection,
        min: Object.fromEntries([bound(ledger)]),
        hint: Object.fromEntries([hint(ledger)]),
      })),
  },
  {
    weight: 1,
    arbitrary: queryPath.map((where): Plan<Document> => () => ({
      find: target.collection,
      projection: { [where.join('.')]: `$${where.join('.')}` },
    })),
  },
  {
    weight: 1,
    arbitrary: filter.map((plan): Plan<Document> => (ledger) => ({
      create: target.collection,
      validator: plan(ledger),
    })),
  },
  {
    weight: 1,
    arbitrary: filter.map((plan): Plan<Document> => (ledger) => ({
      createIndexes: target.collection,
      indexes: [{ key: { a: 1 }, name: 'a', partialFilterExpression: plan(ledger) }],
    })),
  },
);
