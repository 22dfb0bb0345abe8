// The search key of names: words in lower case without accents, so that every server's plain index
// answers what others need a collation for.

const LETTERS_WITHOUT_MARKS: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ı: 'i',
};

/** The folded words of a name, without doubles: `O’Brien-Núñez, Ana` is `obrien nunez ana`. */
export function nameKeys(name: string): string[] {
  const folded = name
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[ßæœøđðþłı]/g, (letter) => LETTERS_WITHOUT_MARKS[letter] ?? letter)
    // An apostrophe joins: people type O'Brien and OBrien for the same name.
    .replaceAll(/['’ʼ`´]/g, '');
  return [...new Set(folded.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== ''))];
}

/**
 * The name once from each of its words on: `ana garcia lopez`, `garcia lopez ana`, `lopez ana garcia`. Each is a field with
 * an index, so that a search by the beginning of any word reads its hits in order and page after page (one index over an
 * array would find them, but in no order). They end in the record number, which makes each a place in that order.
 */
export type NameOrder = { a: string } & Partial<Record<Exclude<NameOrderField, 'a'>, string>>;

/** A name with more words than fields has a place for each of its first eight. */
export const NAME_ORDER_FIELDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const;
export type NameOrderField = (typeof NAME_ORDER_FIELDS)[number];

/** The `nameOrder` of a record: `name` as it is shown, `id` in hex. */
export function nameOrder(name: string, id: string): NameOrder {
  const words = nameKeys(name);
  const from = (start: number): string =>
    `${[...words.slice(start), ...words.slice(0, start)].join(' ')} #${id}`;
  const order: NameOrder = { a: from(0) };
  for (const [at, field] of NAME_ORDER_FIELDS.entries()) {
    if (at > 0 && at < words.length) order[field] = from(at);
  }
  return order;
}
