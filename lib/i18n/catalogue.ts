// Reads catalogues for their tests: flat keys, and what each text asks for. Knows nothing of screens.
// Development only: the parser is no part of the running clinic.
import { parse, TYPE, type MessageFormatElement } from '@formatjs/icu-messageformat-parser';

/** A catalogue, or a part of it. */
export interface Texts {
  readonly [key: string]: string | Texts;
}

/** Every text by its full key (`record.flag.high`). */
export function flatTexts(texts: Texts, above = ''): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [name, value] of Object.entries(texts)) {
    const key = above === '' ? name : `${above}.${name}`;
    if (typeof value === 'string') flat.set(key, value);
    else for (const [below, text] of flatTexts(value, key)) flat.set(below, text);
  }
  return flat;
}

/**
 * What an ICU text needs: `max:number`, `gender:select(female|male|other)`, `b:tag`, sorted, each once. A
 * plural is a number, and its branches are the language’s own. Throws SyntaxError for a text that is no ICU message.
 */
export function placeholdersOf(text: string): string[] {
  return [...new Set(parse(text).flatMap(placeholdersIn))].sort();
}

function placeholdersIn(element: MessageFormatElement): string[] {
  switch (element.type) {
    case TYPE.literal:
    case TYPE.pound:
      return [];
    case TYPE.argument:
      return [`${element.value}:text`];
    case TYPE.number:
      return [`${element.value}:number`];
    case TYPE.date:
      return [`${element.value}:date`];
    case TYPE.time:
      return [`${element.value}:time`];
    case TYPE.tag:
      return [`${element.value}:tag`, ...element.children.flatMap(placeholdersIn)];
    case TYPE.plural:
      return [`${element.value}:number`, ...inBranches(element.options)];
    case TYPE.select: {
      const names = Object.keys(element.options).sort().join('|');
      return [`${element.value}:select(${names})`, ...inBranches(element.options)];
    }
  }
}

function inBranches(options: Record<string, { value: MessageFormatElement[] }>): string[] {
  return Object.values(options).flatMap(({ value }) => value.flatMap(placeholdersIn));
}
