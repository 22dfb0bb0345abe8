// Layer context: which commands change what a collection's schema is. Reads names only.
import { BsonType, type Element, elements, getElement, readString } from '../bytes/index.ts';

function textOf(element: Element | undefined): string[] {
  return element?.type === BsonType.string ? [readString(element.value)] : [];
}

/** The namespaces whose schema may be another one after this command. */
export function changedNamespaces(database: string, name: string, command: Uint8Array): string[] {
  const [target] = elements(command);
  switch (name) {
    case 'create':
    case 'collMod':
    case 'drop':
      return textOf(target).map((collection) => `${database}.${collection}`);
    case 'renameCollection':
      // Both are whole namespaces, since the command runs on the database `admin`.
      return [...textOf(target), ...textOf(getElement(command, 'to'))];
    default:
      return [];
  }
}
