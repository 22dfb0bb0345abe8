// What a schema or a refusal said (schemas/message.ts), as a sentence. Pure; holds no text itself, so that the browser can
// have it.
import { parseMessage, type MessageValues } from '@/schemas/message';

/** A translator of any key: which ones there are is known only when a message arrives. */
export interface TranslateAny {
  (key: string, values: MessageValues): string;
  has: (key: string) => boolean;
}

/** The sentence for a `message` string; a text that is no key of a catalogue comes back as it is. */
export function sayWith(translate: TranslateAny, text: string): string {
  const { key, values } = parseMessage(text);
  return /^\w+(\.\w+)+$/.test(key) && translate.has(key) ? translate(key, values) : text;
}
