import { Binary } from 'bson';
import { describe, expect, it } from 'vitest';

import { isCommandError } from '../errors.ts';
import { encode } from '../query/values.ts';
import { openStorage } from '../storage/storage.ts';
import { collectionWith, find, temporaryDirectory, temporaryStorage } from '../storage/testing.ts';
import type { CollectionOptions } from '../storage/types.ts';

const SECRET = 'top-secret-value';
const VALIDATOR = {
  $jsonSchema: {
    bsonType: 'object',
    required: ['ssn'],
    properties: { ssn: { bsonType: 'binData' } },
  },
};

async function validated(options: CollectionOptions) {
  const storage = await temporaryStorage();
  const collection = await collectionWith(storage, [{ _id: 'old', ssn: SECRET }]);
  await storage.write(() => collection.setOptions(options));
  return { storage, collection };
}

describe('a validator', () => {
  it('refuses an insert and a replacement in clear, and takes BinData', async () => {
    const { storage, collection } = await validated({ validator: VALIDATOR });
    const clear = encode({ _id: 1, ssn: SECRET });
    const hidden = encode({ _id: 1, ssn: new Binary(Buffer.from('x'), 6) });
    const refusal = { code: 121, message: 'Document failed validation' };
    await expect(storage.write(() => collection.insert(clear))).rejects.toMatchObject(refusal);
    const recordId = await storage.write(() => collection.insert(hidden));
    await expect(storage.write(() => collection.replace(recordId, clear))).rejects.toMatchObject(
      refusal,
    );
    expect(find(collection, {}).ids).toEqual(['old', 1]);
  });

  it('names field and rule in the error, never the value', async () => {
    const { storage, collection } = await validated({ validator: VALIDATOR });
    const error: unknown = await storage
      .write(() => collection.insert(encode({ _id: 1, ssn: SECRET })))
      .catch((caught: unknown) => caught);
    if (!isCommandError(error)) throw new Error('Expected a CommandError');
    expect(error.details['errInfo']).toMatchObject({
      details: {
        operatorName: '$jsonSchema',
        schemaRulesNotSatisfied: [
          {
            operatorName: 'properties',
            propertiesNotSatisfied: [
              { propertyName: 'ssn', details: [{ operatorName: 'bsonType' }] },
            ],
          },
        ],
      },
    });
    expect(JSON.stringify(error.toReply())).not.toContain(SECRET);
  });

  it('lets pass what `bypassDocumentValidation`, level `off` and action `warn` let pass', async () => {
    const clear = encode({ ssn: SECRET });
    for (const options of [{ validationLevel: 'off' }, { validationAction: 'warn' }] as const) {
      const { storage, collection } = await validated({ validator: VALIDATOR, ...options });
      await storage.write(() => collection.insert(clear));
      expect(collection.count()).toBe(2);
    }
    const { storage, collection } = await validated({ validator: VALIDATOR });
    await storage.write(() => collection.insert(clear, { bypassDocumentValidation: true }));
    expect(collection.count()).toBe(2);
  });

  it('on level `moderate` spares old documents that never conformed, on `strict` it does not', async () => {
    const changed = encode({ _id: 'old', ssn: SECRET, more: 1 });
    const moderate = await validated({ validator: VALIDATOR, validationLevel: 'moderate' });
    await moderate.storage.write(() => moderate.collection.replace(1, changed));
    await expect(
      moderate.storage.write(() => moderate.collection.insert(encode({ _id: 2, ssn: SECRET }))),
    ).rejects.toMatchObject({ code: 121 });
    const strict = await validated({ validator: VALIDATOR });
    await expect(
      strict.storage.write(() => strict.collection.replace(1, changed)),
    ).rejects.toMatchObject({ code: 121 });
  });

  it('may use filter operators, beside `$jsonSchema` too', async () => {
    const validator = { n: { $gte: 0 }, $jsonSchema: { required: ['n'] } };
    const { storage, collection } = await validated({ validator });
    await storage.write(() => collection.insert(encode({ _id: 1, n: 5 })));
    await expect(
      storage.write(() => collection.insert(encode({ _id: 2, n: -5 }))),
    ).rejects.toMatchObject({ details: { errInfo: { details: { propertyName: 'n' } } } });
    await expect(storage.write(() => collection.insert(encode({ _id: 3 })))).rejects.toMatchObject({
      details: { errInfo: { details: { operatorName: '$and', clausesNotSatisfied: [{}, {}] } } },
    });
  });

  it('is refused when it is installed, not when it is needed', async () => {
    const storage = await temporaryStorage();
    const create = (validator: object) =>
      storage.write(() => storage.createCollection('test', 'v', { validator: { ...validator } }));
    await expect(create({ $jsonSchema: { foo: 1 } })).rejects.toMatchObject({ code: 9 });
    await expect(create({ a: { $foo: 1 } })).rejects.toMatchObject({ code: 2 });
    expect(storage.collection('test', 'v')).toBeUndefined();
  });

  it('stays when only the level changes, and goes when an empty one replaces it', async () => {
    const { storage, collection } = await validated({ validator: VALIDATOR });
    await storage.write(() => collection.setOptions({ validationLevel: 'strict' }));
    expect(collection.options).toMatchObject({ validator: VALIDATOR, validationLevel: 'strict' });
    await storage.write(() => collection.setOptions({ validator: {} }));
    await storage.write(() => collection.insert(encode({ _id: 1 })));
    expect(collection.count()).toBe(2);
  });

  it('is enforced after the storage was opened again', async () => {
    const directory = temporaryDirectory();
    const first = await openStorage({ directory });
    await first.write(() => first.createCollection('test', 'v', { validator: VALIDATOR }));
    await first.close();
    const second = await temporaryStorage({ directory });
    const clear = encode({ _id: 1, ssn: SECRET });
    await expect(
      second.write(() => second.collection('test', 'v')?.insert(clear)),
    ).rejects.toMatchObject({ code: 121 });
  });
});
