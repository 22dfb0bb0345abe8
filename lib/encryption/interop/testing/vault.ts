// Test support: data keys with known material, wrapped by this module's local provider, and a key vault
// in memory that answers the one filter that both sides send.
import { Binary, BSON, type Document } from 'bson';
import { converse, type World } from './converse.ts';
import { engineOf } from './modules.ts';

export interface VaultKey {
  readonly id: Buffer;
  readonly name: string;
  /** The whole key document. */
  readonly document: Uint8Array;
}

/** A key document of `index`: its id, its alt name and its material follow from the number. */
export function vaultKey(index: number): VaultKey {
  const id = Buffer.alloc(16, index);
  const name = `key ${index}`;
  const made = converse(
    engineOf('ours').makeDataKeyContext(BSON.serialize({ provider: 'local' }), {
      keyAltNames: [BSON.serialize({ keyAltName: name })],
      keyMaterial: BSON.serialize({ keyMaterial: new Binary(Buffer.alloc(96, index)) }),
    }),
  );
  const document = parse(made.output);
  return { id, name, document: BSON.serialize({ ...document, _id: new Binary(id, 4) }) };
}

/** Reads BSON without changing a number's type. */
export function parse(bytes: Uint8Array): Document {
  return BSON.deserialize(bytes, { promoteValues: false, promoteBuffers: false });
}

interface KeyFilter {
  $or: [{ _id: { $in: Binary[] } }, { keyAltNames: { $in: string[] } }];
}

/** The keys that the filter names, in the order of the vault. */
export function worldOf(keys: readonly VaultKey[]): World {
  return {
    keys: (filter) => {
      const [ids, names] = (BSON.deserialize(filter) as KeyFilter).$or;
      const wantedIds = ids._id.$in.map((id) => id.toString('hex'));
      return keys
        .filter(
          ({ id, name }) =>
            wantedIds.includes(id.toString('hex')) || names.keyAltNames.$in.includes(name),
        )
        .map(({ document }) => document);
    },
  };
}
