// What a schema says of an entry: not a sentence but the key of one (`vitals.tooHigh`), with its values. The screen that
// shows it translates it (components/form/use-message.ts).

export type MessageValues = Record<string, string | number>;

/** A message key and its values as the one string that a zod issue can carry. */
export function message(key: string, values?: MessageValues): string {
  return values === undefined ? key : `${key}|${JSON.stringify(values)}`;
}

/** The parts of what `message` made; a text that is no key comes back as `key`. */
export function parseMessage(text: string): { key: string; values: MessageValues } {
  const [, key = text, values = '{}'] = /^([\w.]+)\|(\{.*\})$/s.exec(text) ?? [];
  return { key, values: JSON.parse(values) as MessageValues };
}
