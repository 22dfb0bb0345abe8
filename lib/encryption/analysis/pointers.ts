// Layer analysis: JSON pointers (RFC 6901) as key references.
// Knows documents; nothing about commands or which field is encrypted.
import { BsonType, elements, readString } from '../bytes/index.ts';
import { refusal } from './errors.ts';

export interface JsonPointer {
  readonly text: string;
  readonly components: readonly string[];
}

/** Parses `/a/b`. Returns undefined unless it is a pointer to something below the root. */
export function parsePointer(text: string): JsonPointer | undefined {
  if (!text.startsWith('/') || text.length < 2) return undefined;
  const parts = text.slice(1).split('/');
  if (parts.some((part) => /~(?![01])/.test(part))) return undefined;
  // RFC 6901 §4: `~1` first, then `~0`, so that `~01` means `~1`.
  const components = parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return { text, components };
}

/**
 * The string that the pointer leads to, which is a key alt name. Throws `AnalysisError` when it is
 * missing, is given twice, leads through an array or is not a string: the key would be a guess.
 */
export function pointedString(document: Uint8Array, pointer: JsonPointer): string {
  let current = document;
  const last = pointer.components.length - 1;
  for (const [depth, component] of pointer.components.entries()) {
    const found = [...elements(current)].filter(({ key }) => key === component);
    const [element] = found;
    if (!element || found.length > 1) {
      const rule = element ? 'the document has it more than once' : 'the document lacks it';
      throw refusal('value', 'Expected the field that a JSON pointer `keyId` names', {
        path: pointer.text,
        rule,
      });
    }
    if (depth === last && element.type === BsonType.string) return readString(element.value);
    if (depth === last || element.type !== BsonType.object) {
      throw refusal('value', 'Expected a JSON pointer `keyId` to lead to a string', {
        path: pointer.text,
        rule: 'the string is a key alt name',
      });
    }
    current = element.value;
  }
  throw refusal('value', 'Expected a JSON pointer `keyId` to lead to a string', {
    path: pointer.text,
  });
}
